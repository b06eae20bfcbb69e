using Microsoft.Extensions.Options;

namespace LlmObservability.Postgres;

/// <summary>At start-up: what comes back from a spool must be younger than what the store has forgotten.</summary>
internal sealed class PostgresSpoolCheck(Func<PostgresLlmOptions> read) : IValidateOptions<LlmObservabilityOptions>
{
    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, LlmObservabilityOptions options)
    {
        var pipeline = options.Pipeline;
        if (string.IsNullOrWhiteSpace(pipeline.Directory) || pipeline.Durability == LlmDurability.Memory)
        {
            return ValidateOptionsResult.Success;
        }

        var remembered = read().LedgerRetention;
        return remembered >= pipeline.MaxSpoolAge + Margin
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Set {PostgresLlmOptions.SectionName}:{nameof(PostgresLlmOptions.LedgerRetention)} to at least a day more than "
                + $"LlmObservability:Pipeline:MaxSpoolAge; they are {remembered} and {pipeline.MaxSpoolAge}.");
    }
}
