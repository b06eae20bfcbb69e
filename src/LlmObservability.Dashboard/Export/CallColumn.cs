namespace LlmObservability.Dashboard.Export;

/// <summary>A column of the CSV file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsText">Whether its values are anybody's text; else they are numbers, times, or words of this library.</param>
/// <param name="Read">A call's value in text form; null for none.</param>
internal sealed record CallColumn(string Name, bool IsText, Func<LlmCall, string?> Read);
