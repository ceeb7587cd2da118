namespace LlmBroker.Cli.Submit;

/// <summary>How far a job is.</summary>
/// <param name="Done">Lines with an answer.</param>
/// <param name="Total">All lines.</param>
/// <param name="Rate">Answers a second, lately.</param>
/// <param name="Left">Time to the end at this rate; null while there is none.</param>
internal readonly record struct ProgressReading(int Done, int Total, double Rate, TimeSpan? Left);
