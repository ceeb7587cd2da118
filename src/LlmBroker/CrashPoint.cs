using System.Diagnostics;
using System.Globalization;

namespace LlmBroker;

/// <summary>
/// Named places at which a test lets the process die as by <c>kill -9</c>: <c>LLMBROKER_CRASH_POINT=after-claim:200</c> ends it when that
/// place is reached for the 200th time. Without the variable a place costs one test of a constant.
/// </summary>
internal static class CrashPoint
{
    public const string Variable = "LLMBROKER_CRASH_POINT";

    /// <summary>Router: the acceptance is committed, nothing is sent to the workers.</summary>
    public const string AfterAccept = "after-accept";

    /// <summary>Worker: the attempt is committed, the vendor not called.</summary>
    public const string AfterClaim = "after-claim";

    /// <summary>Worker: the vendor has answered, nothing of it is recorded.</summary>
    public const string AfterAnswer = "after-answer";

    /// <summary>Worker: the claim was let go, the message that carries the request on is not sent.</summary>
    public const string AfterRelease = "after-release";

    /// <summary>Worker: the outcome is committed, no reply sent.</summary>
    public const string AfterOutcome = "after-outcome";

    /// <summary>Worker: the reply is with RabbitMQ, the delivery not acked.</summary>
    public const string AfterReply = "after-reply";

    private static readonly Armed? ArmedPoint = Armed.Parse(Environment.GetEnvironmentVariable(Variable));

    public static void Reach(string point)
    {
        if (ArmedPoint is { } armed && armed.Name == point)
            armed.Count();
    }

    private sealed class Armed(string name, long at)
    {
        private long reached;

        public string Name => name;

        /// <exception cref="FormatException">The text is not <c>name:count</c>.</exception>
        public static Armed? Parse(string? text)
        {
            if (string.IsNullOrEmpty(text))
                return null;
            return text.Split(':') is [var name, var count] && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at > 0
                ? new Armed(name, at)
                : throw new FormatException($"{Variable} is '{text}'; it must be the name of a point and a count, such as {AfterClaim}:200, or not set.");
        }

        public void Count()
        {
            if (Interlocked.Increment(ref reached) != at)
                return;

            Console.Error.WriteLine($"Crash point {name} reached for the {at}. time: this process kills itself, as {Variable} asks.");
            using var self = Process.GetCurrentProcess();
            self.Kill();
        }
    }
}
