using LlmBroker.Messaging;
using Xunit;

namespace LlmBroker.Tests.Messaging;

public sealed class ReplyQueueRuleTests
{
    [Theory]
    [InlineData("amq.rabbitmq.reply-to.g1h2AA5yZXBseUA", "reply.acme.", true)]
    [InlineData("amq.gen-JzTY20BRgKO", "reply.acme.", true)]
    [InlineData("reply.acme.jobs", "reply.acme.", true)]
    [InlineData("reply.zoo.jobs", "reply.acme.", false)]
    [InlineData("llm.work.openai.bulk", "reply.acme.", false)]
    [InlineData("llm.work.openai.bulk", "", false)]
    [InlineData("llm.dead-letter", "", false)]
    [InlineData("amq.direct", "", false)]
    [InlineData("amq.rabbitmq.reply-to", "", false)]
    [InlineData("machine_app_bus_abc", "", true)]
    [InlineData("", "", false)]
    public void Allows_only_what_belongs_to_the_tenant(string queue, string prefix, bool allowed) =>
        Assert.Equal(allowed, ReplyQueueRule.Allows(queue, prefix));

    [Fact]
    public void Nothing_longer_than_a_queues_name() => Assert.False(ReplyQueueRule.Allows(new string('q', 256), ""));
}
