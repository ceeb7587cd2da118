using CsCheck;
using Xunit;

namespace LlmBroker.Tests.Ledger;

/// <summary>Any order of what several workers do to one request, with repeats after lost confirmations.</summary>
public sealed class ClaimPropertyTests
{
    private static readonly Gen<ClaimCommand> Command = Gen.Select(
        Gen.Enum<ClaimStep>(), Gen.Int[0, 5], Gen.Int[0, 20], Gen.Frequency((3, Gen.Const(false)), (1, Gen.Const(true))),
        (step, delivery, cents, repeated) => new ClaimCommand(step, delivery, cents, repeated));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task The_claim_rule_holds_in_any_order(bool atMostOnce) =>
        Check.SampleAsync(
            Command.Array[1, 60],
            commands => new ClaimModel(new MemoryLedger(), atMostOnce).RunAsync(commands),
            iter: 4000,
            print: commands => string.Join('\n', commands));

    [Fact]
    public async Task The_claim_rule_holds_in_any_order_in_SQLite()
    {
        using var ledger = new SqliteLedgerUnderRules();
        await ledger.Migrator.MigrateAsync(TestContext.Current.CancellationToken);

        await Check.SampleAsync(
            Command.Array[1, 40],
            commands => new ClaimModel(ledger, atMostOnce: false).RunAsync(commands),
            iter: 60,
            threads: 1,
            print: commands => string.Join('\n', commands));
    }
}
