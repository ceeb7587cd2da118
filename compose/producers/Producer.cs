// Asks one question with stock MassTransit and prints the reply.
// Usage: dotnet run -- [--request-client] [AMQP_URL]    --request-client: IRequestClient instead of Publish and a queue of our own
using System.Text.Json;
using LlmBroker.Contracts;
using MassTransit;

var url = new Uri(args.FirstOrDefault(word => word != "--request-client") ?? Environment.GetEnvironmentVariable("AMQP_URL") ?? "amqp://guest:guest@localhost:5672/");
var replyPrefix = $"reply.{Environment.GetEnvironmentVariable("TENANT") ?? "default"}.producer-cs";
var replied = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
{
    rabbit.Host(url);
    rabbit.OverrideDefaultBusEndpointQueueName($"{replyPrefix}.{Guid.NewGuid():N}"); // where the request client is answered
    rabbit.ConfigurePublish(publish => publish.UseExecute(context => context.GetPayload<RabbitMqSendContext>().BasicProperties.UserId = url.UserInfo.Split(':')[0]));
    rabbit.ReceiveEndpoint(replyPrefix, endpoint =>
    {
        endpoint.ConfigureConsumeTopology = false; // replies are sent to this queue, nothing is published to it
        endpoint.SetQuorumQueue();
        endpoint.Handler<InferenceCompleted>(context => Task.FromResult(replied.TrySetResult(context.Message)));
        endpoint.Handler<InferenceFailed>(context => Task.FromResult(replied.TrySetResult(context.Message)));
    });
});
await bus.StartAsync();

var body = new { messages = new[] { new { role = "user", content = "Translate into French: Good morning." } } };
// The id is the idempotency key: the same id again is answered from the record, not paid again.
var request = new SubmitInference { RequestId = $"cs-{Guid.NewGuid()}", Body = JsonSerializer.SerializeToElement(body) };
if (args.Contains("--request-client"))
    replied.SetResult((await bus.CreateRequestClient<SubmitInference>(RequestTimeout.After(m: 2)).GetResponse<InferenceCompleted, InferenceFailed>(request)).Message);
else
    await bus.Publish(request, context => context.ResponseAddress = new Uri(bus.Address, replyPrefix));

var reply = await replied.Task;
Console.WriteLine(reply is InferenceCompleted done
    ? done.Body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()
    : $"{((InferenceFailed)reply).Reason}: {((InferenceFailed)reply).Message}");
await bus.StopAsync();
return reply is InferenceCompleted ? 0 : 1;
