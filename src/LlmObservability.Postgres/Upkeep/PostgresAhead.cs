using System.Globalization;
using LlmObservability.Sinks;

namespace LlmObservability.Postgres;

/// <summary>Makes partitions two days before they are needed, as long as the store writes. Any number of instances may do so at once.</summary>
internal sealed class PostgresAhead(PostgresPartitions partitions, PostgresLlmOptions options, TimeProvider timeProvider)
{
    private readonly PostgresBound _bound = new(timeProvider, options.OperationLimit, null, cancelledIsSilent: false);

    public UpkeepStep Step => new("partitions ahead", TimeSpan.FromHours(1), token => _bound.RunAsync(MakeAsync, token));

    private async Task<bool> MakeAsync(CancellationToken cancellationToken)
    {
        var unavailable = await partitions.MakeAheadAsync(timeProvider.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        if (unavailable.Count > 0)
        {
            var days = string.Join(", ", unavailable.Select(day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
            throw new LlmSinkException(
                $"There can be no partitions for {days}: a table is detached or in the way, or the clocks of server and application differ.");
        }

        return false;
    }
}
