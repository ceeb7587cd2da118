using DbUp.Engine.Output;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Ledger;

/// <summary>DbUp's doubts and failures in our log. Which file ran, who migrates says.</summary>
internal sealed partial class MigrationLog(ILogger logger) : IUpgradeLog
{
    public void LogTrace(string format, params object[] args)
    {
    }

    public void LogDebug(string format, params object[] args)
    {
    }

    public void LogInformation(string format, params object[] args)
    {
    }

    public void LogWarning(string format, params object[] args) => LogDoubt(string.Format(format, args));

    public void LogError(string format, params object[] args) => LogFailure(null, string.Format(format, args));

    public void LogError(Exception ex, string format, params object[] args) => LogFailure(ex, string.Format(format, args));

    [LoggerMessage(Level = LogLevel.Warning, SkipEnabledCheck = true, Message = "Migration: {Text}")]
    private partial void LogDoubt(string text);

    [LoggerMessage(Level = LogLevel.Error, SkipEnabledCheck = true, Message = "Migration: {Text}")]
    private partial void LogFailure(Exception? exception, string text);
}
