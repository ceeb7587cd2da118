namespace LlmBroker.Cli;

/// <summary>What the process says when it ends.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>It ran, and something that it reports on failed.</summary>
    public const int Failed = 1;

    /// <summary>It could not run: wrong arguments, wrong configuration, a server out of reach.</summary>
    public const int Unusable = 2;

    /// <summary>It ran, and found too little, or nothing better, to go on with: what it was asked to make or to compare is not shown to be better.</summary>
    public const int NotBetter = 3;

    /// <summary>Ended by Ctrl-C; what was begun can be resumed.</summary>
    public const int Interrupted = 130;
}
