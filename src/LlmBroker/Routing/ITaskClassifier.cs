namespace LlmBroker.Routing;

/// <summary>
/// Says what kind of work a request asks for. A plug-in point: register your own in place of the built-in one.
/// It is called once per request whose producer did not name the task, on the path of every delivery,
/// so it must be thread safe, should answer in microseconds and must not do I/O.
/// An exception counts as a bug and dead-letters the request: answer <see cref="TaskKind.Unknown"/> when in doubt.
/// </summary>
public interface ITaskClassifier
{
    /// <summary>Classifies one request.</summary>
    TaskPrediction Classify(ClassifierInput input);
}
