using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>The ended calls of one deployment on one day that reported tokens.</summary>
/// <param name="Day">UTC, <c>yyyy-MM-dd</c>.</param>
/// <param name="Calls">How many.</param>
/// <param name="UnpricedCalls">Those of them whose cost was not known.</param>
/// <param name="Tokens">What they reported.</param>
/// <param name="CostUsd">What was recorded, without the unpriced ones.</param>
internal sealed record ChargedTokens(string Day, long Calls, long UnpricedCalls, TokenUsage Tokens, decimal CostUsd);

/// <summary>Which calls to sum up.</summary>
/// <param name="Deployment">Of this deployment.</param>
/// <param name="Since">Started at this time or later.</param>
/// <param name="Until">Started before this time.</param>
/// <param name="PromptAbove">With a longer prompt than this, in tokens, those of the cache included.</param>
/// <param name="PromptUpTo">And not a longer one than this.</param>
internal sealed record ChargedCalls(string Deployment, DateTimeOffset Since, DateTimeOffset Until, long PromptAbove, long PromptUpTo);
