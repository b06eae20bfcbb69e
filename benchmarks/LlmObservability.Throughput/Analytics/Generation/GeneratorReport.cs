using System.Diagnostics;
using LlmObservability.Sinks;

namespace LlmObservability.Throughput.Analytics.Generation;

/// <summary>What the generator makes, and how fast.</summary>
internal static class GeneratorReport
{
    public static void Run(AnalyticsOptions options)
    {
        var generated = new GeneratedCalls(options.Seed, options.End, options.Days, options.Calls);
        Report.Line($"generate: {options.Calls:N0} calls from {generated.From:u} to {generated.To:u}, seed {options.Seed}");
        var begin = Stopwatch.GetTimestamp();
        var made = generated.Days.Sum(day => generated.Of(day).LongCount());
        var elapsed = Stopwatch.GetElapsedTime(begin);
        Report.Line($"{made:N0} calls in {elapsed.TotalSeconds:F1} s on one thread: {made / elapsed.TotalSeconds:N0} calls/s");

        var checksum = 0UL;
        var (keys, minute, minutes, keysOfMinutes) = (new HashSet<object>(), 0L, 0L, 0L);
        Dictionary<string, long> counts = [];
        HashSet<string> users = [];
        foreach (var envelope in generated.Days.SelectMany(generated.Of))
        {
            var call = envelope.Call;
            checksum = (checksum * 1_000_003) ^ Bits(call.Id) ^ (ulong)call.Duration.Ticks ^ (ulong)(call.Cost?.TotalNanos ?? -1);
            users.Add(call.Tags.User ?? "");
            Count(envelope, counts);
            if (call.StartedAt.UtcTicks / TimeSpan.TicksPerMinute != minute)
            {
                keysOfMinutes += keys.Count;
                keys.Clear();
                minutes++;
                minute = call.StartedAt.UtcTicks / TimeSpan.TicksPerMinute;
            }

            keys.Add((call.Provider, call.Model, call.Tags.Route, call.Tags.Environment, call.Tags.Service));
        }

        Report.Line($"checksum {checksum:x16}; keys of provider, model, route, environment and service a minute: {(keysOfMinutes + keys.Count) / (double)minutes:F1}; users seen {users.Count - 1:N0}");
        foreach (var (name, count) in counts.OrderByDescending(pair => pair.Value))
        {
            Report.Line($"  {name,-44} {count,12:N0} {(double)count / made,12:P3}");
        }
    }

    private static ulong Bits(Guid id) => BitConverter.ToUInt64(id.ToByteArray(), 8);

    private static void Count(LlmCallEnvelope envelope, Dictionary<string, long> counts)
    {
        void Add(bool holds, string name)
        {
            if (holds)
            {
                counts[name] = counts.GetValueOrDefault(name) + 1;
            }
        }

        var call = envelope.Call;
        Add(true, "outcome " + call.Outcome.ToString());
        Add(true, "model " + call.RequestModel);
        Add(true, "environment " + call.Tags.Environment);
        Add(call.Streaming, "streaming");
        Add(call.TimeToFirstToken is not null, "time to first token");
        Add(call.Cached, "cached");
        Add(call.Tokens.CacheRead > 0, "cache read");
        Add(call.SchemaValidated is not null, "schema checked");
        Add(envelope.Attempts.Count == 2, "two attempts");
        Add(envelope.ToolCalls.Count > 0, "tool calls");
        Add(call.Tags.User is not null, "user");
        foreach (var (key, value) in call.Tags.Custom)
        {
            Add(value is OwnTags.ProPlan or OwnTags.CommonJob or OwnTags.RareJob, $"tag {key}={value}");
        }
    }
}
