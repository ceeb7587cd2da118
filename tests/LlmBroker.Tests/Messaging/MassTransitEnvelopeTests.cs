using System.Text;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using Xunit;

namespace LlmBroker.Tests.Messaging;

public sealed class MassTransitEnvelopeTests
{
    [Fact]
    public void Write_wraps_the_reply_as_a_stock_client_expects_it()
    {
        var requestId = Guid.NewGuid();
        var outcome = new RecordedOutcome(1, null, Guid.NewGuid(), null, DateTimeOffset.UnixEpoch);

        var bytes = MassTransitEnvelope.Write(
            new ReplyAddress { Queue = "q", Envelope = true, MassTransitRequestId = requestId },
            outcome,
            nameof(InferenceCompleted),
            Encoding.UTF8.GetBytes("""{"requestId":"r1"}"""));

        using var envelope = JsonDocument.Parse(bytes);
        Assert.Equal(requestId, envelope.RootElement.GetProperty("requestId").GetGuid());
        Assert.Equal(outcome.ReplyId, envelope.RootElement.GetProperty("messageId").GetGuid());
        Assert.Equal("urn:message:LlmBroker.Contracts:InferenceCompleted", envelope.RootElement.GetProperty("messageType")[0].GetString());
        Assert.Equal("r1", envelope.RootElement.GetProperty("message").GetProperty("requestId").GetString());
    }
}
