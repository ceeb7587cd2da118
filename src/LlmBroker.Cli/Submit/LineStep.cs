namespace LlmBroker.Cli.Submit;

/// <summary>What to do with a line of the input.</summary>
internal enum LineStep
{
    Send,

    /// <summary>A process before sent it; its reply is to come.</summary>
    Await,

    /// <summary>It has its answer.</summary>
    Skip,

    /// <summary>Its id was there before in the file.</summary>
    Duplicate,
}
