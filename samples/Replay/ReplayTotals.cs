namespace Replay;

/// <summary>Calls and tokens, added up exactly.</summary>
internal readonly record struct ReplayTotals(long Calls, long InputTokens, long OutputTokens);
