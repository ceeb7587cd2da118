using LlmBroker.Cli.Submit;
using Xunit;

namespace LlmBroker.Tests.Cli.Submit;

public sealed class LineStatesTests
{
    private static readonly InFlightLine Place = new(1, 0, 1);

    private readonly LineStates states = new();

    [Fact]
    public void Meet_says_what_to_do_by_what_was_found()
    {
        states.MarkSent(1);
        states.MarkSent(2);
        states.TryAnswer(2, completed: true);
        states.TryAnswer(3, completed: false);

        Assert.Equal([LineStep.Await, LineStep.Skip, LineStep.Skip, LineStep.Send, LineStep.Duplicate], new UInt128[] { 1, 2, 3, 4, 4 }.Select(states.Meet));
    }

    [Fact]
    public void TryAnswer_takes_one_answer_and_a_completion_after_a_failure()
    {
        Assert.True(states.TryAnswer(1, completed: false));
        Assert.False(states.TryAnswer(1, completed: false));
        Assert.True(states.TryAnswer(1, completed: true));
        Assert.False(states.TryAnswer(1, completed: true));
        Assert.False(states.TryAnswer(1, completed: false));
    }

    [Fact]
    public void TryHold_refuses_a_line_whose_reply_came_first()
    {
        states.MarkSent(1);
        states.Meet(1);
        states.TryAnswer(1, completed: true);

        Assert.False(states.TryHold(1, Place));
        Assert.False(states.Release(1));
    }

    [Fact]
    public void AllAnswered_waits_for_the_end_of_sending_and_for_every_reply()
    {
        states.TryHold(1, Place);
        states.EndSending();
        Assert.False(states.AllAnswered.IsCompleted);

        Assert.True(states.Release(1));
        Assert.True(states.AllAnswered.IsCompleted);
        Assert.False(states.Release(1));
    }

    [Fact]
    public void ForgetSent_has_what_is_not_answered_sent_again()
    {
        states.MarkSent(1);
        states.MarkSent(2);
        states.TryAnswer(2, completed: true);

        states.ForgetSent();

        Assert.Equal(LineStep.Send, states.Meet(1));
        Assert.Equal(LineStep.Skip, states.Meet(2));
    }
}
