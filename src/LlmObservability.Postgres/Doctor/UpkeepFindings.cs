using System.Globalization;

namespace LlmObservability.Postgres;

/// <summary>What the store itself knows of its work behind the writing.</summary>
internal static class UpkeepFindings
{
    /// <summary>A finding for each step that has run; a store that wrote nothing has none.</summary>
    public static IEnumerable<PostgresFinding> Of(IEnumerable<UpkeepState> states) =>
        from state in states
        where state.EndedAt is not null
        let name = "upkeep: " + state.Name
        select state.Failure is null
            ? new PostgresFinding(name, PostgresFindingLevel.Ok, $"done at {Text(state.EndedAt)}")
            : new PostgresFinding(name, PostgresFindingLevel.Warning, $"failing since {Text(state.FailingSince)}", state.Failure);

    private static string Text(DateTimeOffset? time) => time?.UtcDateTime.ToString("u", CultureInfo.InvariantCulture) ?? "now";
}
