using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.IntegrationTests.RealParts;
using MassTransit;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A stock MassTransit producer: default envelope, Publish, Send and the request client.</summary>
public sealed class MassTransitProducerTests(RealPartsFixture parts) : BrokerTests(parts)
{
    [Fact]
    public async Task The_request_client_gets_completed_or_failed()
    {
        var model = Broker.Model();
        var bus = Bus.Factory.CreateUsingRabbitMq(Connect);
        await bus.StartAsync(CancellationToken);
        try
        {
            var client = bus.CreateRequestClient<SubmitInference>(RequestTimeout.After(s: 30));

            var answered = await client.GetResponse<InferenceCompleted, InferenceFailed>(Request("one", model), CancellationToken);
            Assert.True(answered.Is(out Response<InferenceCompleted>? completed));
            Assert.Equal(("one", PriceStatus.Known), (completed!.Message.RequestId, completed.Message.PriceStatus));
            Assert.True(completed.Message.CostUsd > 0);

            var refused = await client.GetResponse<InferenceCompleted, InferenceFailed>(Request("two", "nope"), CancellationToken);
            Assert.True(refused.Is(out Response<InferenceFailed>? failed));
            Assert.Equal(FailureReason.UnknownModel, failed!.Message.Reason);
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_and_Send_with_a_response_address_are_answered_there(bool send)
    {
        var model = Broker.Model();
        var reply = new TaskCompletionSource<InferenceCompleted>(TaskCreationOptions.RunContinuationsAsynchronously);
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbitMq =>
        {
            Connect(rabbitMq);
            rabbitMq.ReceiveEndpoint("reply.default.masstransit", endpoint =>
                endpoint.Handler<InferenceCompleted>(context => Task.FromResult(reply.TrySetResult(context.Message))));
        });
        await bus.StartAsync(CancellationToken);
        try
        {
            var request = Request("three", model);
            if (send)
            {
                var endpoint = await bus.GetSendEndpoint(new Uri("exchange:llm.route.bulk"));
                await endpoint.Send(request, context => context.ResponseAddress = new Uri("queue:reply.default.masstransit"), CancellationToken);
            }
            else
            {
                await bus.Publish(request, context => context.ResponseAddress = new Uri("queue:reply.default.masstransit"), CancellationToken);
            }

            var completed = await reply.Task.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken);
            Assert.Equal(("three", model), (completed.RequestId, completed.Route.Model));
            Assert.Equal(send ? "bulk" : "standard", (await Broker.StatusAsync("three")).Claim.Lane);
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
        }
    }

    private static SubmitInference Request(string id, string model) => new()
    {
        RequestId = id,
        Model = model,
        MaxCostUsd = 1.5m,
        Body = JsonSerializer.SerializeToElement(new { messages = new[] { new { role = "user", content = "Hello" } } }),
    };

    private void Connect(IRabbitMqBusFactoryConfigurator rabbitMq) => rabbitMq.Host(
        Broker.Amqp.Host, (ushort)Broker.Amqp.Port, Uri.UnescapeDataString(Broker.Amqp.AbsolutePath[1..]), host =>
        {
            host.Username(Parts.RabbitMq.User);
            host.Password(Parts.RabbitMq.Password);
        });
}
