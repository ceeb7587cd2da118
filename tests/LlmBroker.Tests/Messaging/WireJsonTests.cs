using System.Text;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Messaging;
using Xunit;

namespace LlmBroker.Tests.Messaging;

public sealed class WireJsonTests
{
    [Fact]
    public void ToBytes_writes_compact_camel_case_without_nulls_and_readable_text()
    {
        using var body = JsonDocument.Parse("""{ "messages": [ { "role": "user", "content": "翻译 <b>\"你好\"</b> + \u4f60" } ] }""");
        var message = new SubmitInference { RequestId = "r-1", Body = body.RootElement, MaxCostUsd = 0.010m, Lane = "bulk" };

        Assert.Equal(
            """{"requestId":"r-1","body":{"messages":[{"role":"user","content":"翻译 <b>\"你好\"</b> + 你"}]},"lane":"bulk","maxCostUsd":0.010}""",
            Encoding.UTF8.GetString(WireJson.ToBytes(message)));
    }

    [Fact]
    public void Read_gives_back_what_ToBytes_wrote()
    {
        using var body = JsonDocument.Parse("""{"model":"m","x_vendor":{"n":1.0}}""");
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var message = new RunInference
        {
            Tenant = "t",
            RequestId = "r",
            Run = 2,
            Lane = "standard",
            Operation = "chat",
            Route = new Route { Deployment = "a", Model = "m", Reason = "model named", Fallbacks = ["b"] },
            AcceptedAt = at,
            Deadline = at.AddHours(1),
            Body = body.RootElement,
            ReplyTo = new ReplyAddress { Queue = "t.replies", MassTransitRequestId = Guid.Parse("0f1e2d3c-0000-0000-0000-000000000001") },
        };

        var read = WireJson.Read<RunInference>(WireJson.ToBytes(message))!;

        Assert.Equal("""{"model":"m","x_vendor":{"n":1.0}}""", read.Body!.Value.GetRawText());
        Assert.Equal(["b"], read.Route.Fallbacks);
        Assert.Equal(message with { Body = read.Body, Route = read.Route }, read);
    }

    [Fact]
    public void Enums_travel_by_their_wire_names()
    {
        var failed = new InferenceFailed
        {
            RequestId = "r",
            Run = 1,
            Reason = FailureReason.CostLimit,
            Message = "m",
            AcceptedAt = default,
            FailedAt = default,
            PriceStatus = PriceStatus.Unknown,
        };

        var text = Encoding.UTF8.GetString(WireJson.ToBytes(failed));

        Assert.Contains("\"reason\":\"CostLimit\"", text, StringComparison.Ordinal);
        Assert.Contains("\"priceStatus\":\"unknown\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ignores_members_of_a_later_contract_and_minds_case()
    {
        var read = WireJson.Read<SubmitInference>("""{"requestId":"r","invented":{"x":[1]},"LANE":"bulk"}"""u8)!;

        Assert.Equal("r", read.RequestId);
        Assert.Null(read.Lane);
        Assert.Equal(JsonValueKind.Undefined, read.Body.ValueKind);
    }

    [Fact]
    public void Read_gives_an_empty_list_of_fallbacks_when_there_is_none()
    {
        var read = WireJson.Read<InferenceFailed>(
            """
            {"requestId":"r","run":1,"reason":"Expired","message":"m","acceptedAt":"2026-03-01T12:00:00Z","failedAt":"2026-03-01T12:00:00Z",
             "route":{"deployment":"a","model":"m","reason":"x"}}
            """u8)!;

        Assert.Empty(read.Route!.Fallbacks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"requestId":1}""")]
    [InlineData("""{"requestId":"r",}""")]
    [InlineData("""{"requestId":"r"} x""")]
    public void Read_throws_JsonException_for_what_is_no_message(string text) =>
        Assert.Throws<JsonException>(() => WireJson.Read<SubmitInference>(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Read_gives_null_for_null() => Assert.Null(WireJson.Read<SubmitInference>("null"u8));

    [Fact]
    public void TypeOf_refuses_what_is_no_message() => Assert.Throws<NotSupportedException>(() => WireJson.TypeOf<Version>());
}
