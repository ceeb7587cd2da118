using LlmBroker.Routing;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class TaskKindsTests
{
    [Theory]
    [InlineData(TaskKind.Unknown, "unknown")]
    [InlineData(TaskKind.MathReasoning, "math_reasoning")]
    [InlineData(TaskKind.ChatBrainstorm, "chat_brainstorm")]
    public void ToWire_gives_the_snake_case_name(TaskKind task, string wireName) => Assert.Equal(wireName, task.ToWire());

    [Fact]
    public void TryParse_reads_back_every_wire_name()
    {
        foreach (var task in Enum.GetValues<TaskKind>())
        {
            Assert.True(TaskKinds.TryParse(task.ToWire(), out var parsed));
            Assert.Equal(task, parsed);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Translation")]
    [InlineData("poetry")]
    public void TryParse_refuses_what_is_no_wire_name(string? text)
    {
        Assert.False(TaskKinds.TryParse(text, out var task));
        Assert.Equal(TaskKind.Unknown, task);
    }

    [Fact]
    public void ToWire_of_a_number_outside_the_enum_throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ((TaskKind)99).ToWire());
}
