using System.Text.Json;
using LlmBroker.Cascade;
using LlmBroker.Contracts;

namespace LlmBroker.Tests.Cascade;

/// <summary>Answers as validators see them, read from a request and a response as a worker reads them.</summary>
internal static class Completions
{
    public static CheckedCompletion Translation(string prompt, string answer, string? source = "en", string? target = "zh", string finish = "stop") =>
        Of(prompt, answer, "translation", finish, route => route with { SourceLanguage = source, TargetLanguage = target });

    public static CheckedCompletion Of(
        string prompt, string? answer, string? task = null, string finish = "stop", Func<Route, Route>? change = null, object? more = null, object? message = null)
    {
        var request = JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        request["messages"] = JsonSerializer.SerializeToNode(new[] { new { role = "user", content = prompt } });
        var route = new Route { Deployment = "d", Model = "m", Tier = "cheap", Task = task, Reason = "" };
        var run = new RunInference
        {
            Tenant = "default",
            RequestId = "r1",
            Run = 1,
            Lane = "standard",
            Operation = "chat",
            Route = change?.Invoke(route) ?? route,
            AcceptedAt = DateTimeOffset.UnixEpoch,
            Deadline = DateTimeOffset.UnixEpoch.AddHours(1),
            Body = JsonSerializer.SerializeToElement(request),
        };
        var response = JsonSerializer.SerializeToElement(new
        {
            choices = new[] { new { index = 0, message = message ?? new { role = "assistant", content = answer }, finish_reason = finish } },
        });
        return CompletionReader.Read(run, response).Single();
    }
}
