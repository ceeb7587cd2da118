using CsCheck;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
using Xunit;

namespace LlmBroker.Tests.Ledger;

/// <summary>Any order of dead letters, redrives, discards and workers, on the real store in SQLite.</summary>
public sealed class RedrivePropertyTests
{
    private enum Step
    {
        Redrive,
        Discard,
        StartRun,
        FailRun,
    }

    private static readonly Gen<(Step Step, int Letter)[]> Steps = Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 4]).Array[1, 30];

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_letter_opens_one_run_however_often_it_is_redriven()
    {
        using var ledger = new SqliteLedgerUnderRules();
        await ledger.Migrator.MigrateAsync(CancellationToken);

        await Check.SampleAsync(
            Steps,
            steps => new Model(ledger).RunAsync(steps),
            iter: 60,
            threads: 1,
            print: steps => string.Join('\n', steps));
    }

    private sealed class Model(SqliteLedgerUnderRules ledger)
    {
        private readonly RunKey key = new("acme", Guid.NewGuid().ToString("N"), 1);
        private readonly Guid worker = Guid.NewGuid();
        private readonly List<Letter> letters = [];
        private int run = 1;
        private Guid? claimId;

        public async Task RunAsync(IEnumerable<(Step Step, int Letter)> steps)
        {
            await ledger.RenewLeaseAsync(worker, isAlive: true);
            await StartAsync();
            await FailAsync();
            foreach (var (step, index) in steps)
            {
                ledger.Now = ledger.Now.AddSeconds(1);
                var letter = letters[index % letters.Count];
                switch (step)
                {
                    case Step.Redrive:
                        await RedriveAsync(letter);
                        break;
                    case Step.Discard:
                        Assert.Equal(letter is { IsDiscarded: false, Body: null }, await ledger.DeadLetters.DiscardAsync(letter.Id, "as told", "tests", CancellationToken));
                        letter.IsDiscarded |= letter.Body is null;
                        break;
                    case Step.StartRun:
                        await StartAsync();
                        break;
                    case Step.FailRun when claimId is not null:
                        await FailAsync();
                        break;
                }

                await CheckAsync();
            }
        }

        private async Task RedriveAsync(Letter letter)
        {
            var result = await ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken);
            var again = await ledger.DeadLetters.RedriveAsync(letter.Id, CancellationToken);

            Assert.Equal((result.State, result.Run), (again.State, again.Run));
            Assert.Equal(result.Body, again.Body);
            if (result.State != RedriveState.Redriven)
            {
                Assert.True(letter.IsDiscarded || letter.Body is not null || letter.Run < run, $"{result.State} of a letter that may be redriven");
                return;
            }

            Assert.False(letter.IsDiscarded);
            Assert.Equal(letter.Run + 1, result.Run);
            if (letter.Body is { } before)
                Assert.Equal(before, result.Body);
            else
                Assert.Equal(run + 1, result.Run);
            letter.Body = result.Body;
            run = result.Run!.Value;
        }

        private async Task StartAsync()
        {
            var claim = Guid.NewGuid();
            var started = await ledger.CommitAsync(new StartOperation(new AttemptStart
            {
                Key = key with { Run = run },
                AttemptId = Guid.NewGuid(),
                ClaimId = claim,
                WorkerId = worker,
                Deployment = "d",
                Provider = "p",
                Model = "m",
                StartedAt = ledger.Now,
                Deadline = ledger.Now.AddDays(1000),
                MaxAttempts = 10,
            }));
            if (started.State == StartState.Started)
                claimId = claim;
        }

        private async Task FailAsync()
        {
            var letter = SqliteLedgerUnderRules.LetterOf(key with { Run = run }, ledger.Now);
            var settled = await ledger.CommitAsync(new SettleOperation(new Settlement
            {
                Key = key with { Run = run },
                ClaimId = claimId,
                Outcome = new Outcome { Failure = FailureReason.Exhausted, ReplyId = Guid.NewGuid(), Reply = [1], SettledAt = ledger.Now },
                DeadLetter = letter,
            }));
            Assert.Equal(SettleState.Settled, settled.State);
            letters.Add(new Letter { Id = letter.Id, Run = run });
            claimId = null;
        }

        /// <summary>The request is in the newest run that a letter opened, and every earlier one has its outcome.</summary>
        private async Task CheckAsync()
        {
            var facts = await ledger.ReadAsync(key);
            Assert.Equal(run, facts.Claim!.Run);
            Assert.Equal(letters.Select(letter => letter.Run).Order(), facts.Outcomes.Order());
            Assert.Equal(facts.Claim.State == ClaimState.Finished, facts.Outcomes.Contains(run));
            Assert.Equal(letters.Count(letter => letter.Body is not null), run - 1);
        }
    }

    private sealed class Letter
    {
        public required Guid Id { get; init; }
        public required int Run { get; init; }
        public bool IsDiscarded { get; set; }

        /// <summary>What its redrive gave; null while it was not redriven.</summary>
        public byte[]? Body { get; set; }
    }
}
