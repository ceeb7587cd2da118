using System.Text.Json;
using LlmBroker.Providers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class KeyPoolTests
{
    private readonly FakeTimeProvider time = new();
    private readonly FakeKey[] keys = [new(), new(), new()];

    private static readonly ProviderResult Refused = new() { Error = ProviderError.KeyRefused, HttpStatus = 401 };
    private static readonly ProviderResult Limited = new() { Error = ProviderError.RateLimited, HttpStatus = 429, RetryAfter = TimeSpan.FromSeconds(20) };

    [Fact]
    public async Task Keys_are_used_in_rotation_and_named_by_their_places()
    {
        using var pool = new KeyPool(keys, time);

        Assert.Equal(["#1", "#2", "#3", "#1"], await NamesAsync(pool, 4));
    }

    [Fact]
    public async Task A_refused_key_rests_while_the_others_go_on_and_is_tried_again_later()
    {
        keys[1].Result = Refused;
        using var pool = new KeyPool(keys, time);
        await NamesAsync(pool, 1);

        var refused = await CallAsync(pool);
        Assert.Equal(("#2", true, TimeSpan.Zero), (refused.KeyName, refused.OtherKeyReady, refused.RetryAfter));
        Assert.DoesNotContain("#2", await NamesAsync(pool, 9));

        keys[1].Result = new ProviderResult();
        time.Advance(KeyPool.RefusedRest);
        Assert.Contains("#2", await NamesAsync(pool, 3));
    }

    [Fact]
    public async Task A_limited_key_rests_for_as_long_as_the_vendor_asks()
    {
        keys[0].Result = Limited;
        using var pool = new KeyPool(keys, time);
        Assert.True((await CallAsync(pool)).OtherKeyReady);

        Assert.DoesNotContain("#1", await NamesAsync(pool, 6));
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Contains("#1", await NamesAsync(pool, 3));
    }

    [Fact]
    public async Task When_all_keys_are_limited_the_account_is_until_the_first_is_ready()
    {
        keys[0].Result = Limited with { RetryAfter = TimeSpan.FromSeconds(5) };
        keys[1].Result = keys[2].Result = Limited;
        using var pool = new KeyPool(keys, time);
        await NamesAsync(pool, 2);

        var last = await CallAsync(pool);
        Assert.Equal((false, TimeSpan.FromSeconds(5)), (last.OtherKeyReady, last.RetryAfter));
        Assert.Equal("#1", (await CallAsync(pool)).KeyName);
    }

    [Fact]
    public async Task When_all_keys_are_refused_it_is_a_failure_for_an_operator()
    {
        foreach (var key in keys)
            key.Result = Refused;
        using var pool = new KeyPool(keys, time);
        await NamesAsync(pool, 2);

        Assert.Equal((ProviderError.KeyRefused, false), ((await CallAsync(pool)) is var last ? last.Error : null, last.OtherKeyReady));
    }

    [Theory]
    [InlineData(ProviderError.KeyRefused, 404)]
    [InlineData(ProviderError.BadRequest, 400)]
    [InlineData(ProviderError.ServerError, 500)]
    public async Task What_is_not_the_keys_fault_rests_no_key(ProviderError error, int status)
    {
        keys[0].Result = new ProviderResult { Error = error, HttpStatus = status };
        using var pool = new KeyPool(keys, time);

        Assert.False((await CallAsync(pool)).OtherKeyReady);
        Assert.Contains("#1", await NamesAsync(pool, 3));
    }

    private static async Task<string[]> NamesAsync(KeyPool pool, int calls)
    {
        var names = new List<string>();
        for (var i = 0; i < calls; i++)
            names.Add((await CallAsync(pool)).KeyName!);
        return [.. names];
    }

    private static Task<ProviderResult> CallAsync(KeyPool pool) => pool.CallAsync(
        new ProviderCall { AttemptId = Guid.NewGuid(), Operation = "chat", VendorModel = "m", MaxOutputTokens = 1, Body = JsonSerializer.SerializeToElement(new { }) },
        TestContext.Current.CancellationToken);

    private sealed class FakeKey : IModelProvider
    {
        public ProviderResult Result { get; set; } = new();

        public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken) => Task.FromResult(Result);
    }
}
