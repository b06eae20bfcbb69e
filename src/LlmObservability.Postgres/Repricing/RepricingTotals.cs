using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmObservability.Postgres;

/// <summary>What a run counted so far, kept as JSON between its batches. Used by one at a time.</summary>
internal sealed class RepricingTotals
{
    private const int MostModels = 1_000;

    // No model has such a name: it begins with what text cannot hold. A dictionary takes no null.
    private const string NoModel = "\0";

    private readonly SortedDictionary<string, long> _kept = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PostgresRepricedModel> _models = new(StringComparer.Ordinal);
    private long _calls;
    private long _changed;
    private long _newlyPriced;
    private long _becameUnpriced;

    public void Keep(LlmCall call, LlmCost? cost, string reason)
    {
        _kept[reason] = _kept.GetValueOrDefault(reason) + 1;
        Count(call, cost, cost);
    }

    public void Count(LlmCall call, LlmCost? before, LlmCost? after)
    {
        var changed = before == after ? 0 : 1;
        _calls++;
        _changed += changed;
        _newlyPriced += before is null ? changed : 0;
        _becameUnpriced += after is null ? changed : 0;
        var key = call.Model ?? NoModel;
        if (!_models.ContainsKey(key) && _models.Count >= MostModels)
        {
            key = PostgresRepricedModel.Others;
        }

        var sum = _models.GetValueOrDefault(key) ?? new PostgresRepricedModel(key == NoModel ? null : key, 0, 0, 0, 0);
        _models[key] = sum with
        {
            Calls = sum.Calls + 1,
            Changed = sum.Changed + changed,
            BeforeNanos = sum.BeforeNanos + (before?.TotalNanos ?? 0),
            AfterNanos = sum.AfterNanos + (after?.TotalNanos ?? 0),
        };
    }

    public PostgresRepricingReport ToReport(Guid? jobId, bool finished) => new()
    {
        JobId = jobId,
        Finished = finished,
        Calls = _calls,
        Changed = _changed,
        NewlyPriced = _newlyPriced,
        BecameUnpriced = _becameUnpriced,
        Kept = new SortedDictionary<string, long>(_kept, StringComparer.Ordinal),
        BeforeNanos = _models.Values.Sum(model => model.BeforeNanos),
        AfterNanos = _models.Values.Sum(model => model.AfterNanos),
        Models = [.. _models.Values.OrderByDescending(model => model.AfterNanos).ThenBy(model => model.Model, StringComparer.Ordinal)],
    };

    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("calls", _calls);
            json.WriteNumber("changed", _changed);
            json.WriteNumber("newly_priced", _newlyPriced);
            json.WriteNumber("became_unpriced", _becameUnpriced);
            json.WriteStartObject("kept");
            foreach (var (reason, count) in _kept)
            {
                json.WriteNumber(reason, count);
            }

            json.WriteEndObject();
            json.WriteStartArray("models");
            foreach (var model in _models.Values)
            {
                json.WriteStartObject();
                json.WriteString("model", model.Model);
                json.WriteNumber("calls", model.Calls);
                json.WriteNumber("changed", model.Changed);
                json.WriteNumber("before_nanos", model.BeforeNanos);
                json.WriteNumber("after_nanos", model.AfterNanos);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public static RepricingTotals Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        long Number(string name) => root.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
        var totals = new RepricingTotals
        {
            _calls = Number("calls"),
            _changed = Number("changed"),
            _newlyPriced = Number("newly_priced"),
            _becameUnpriced = Number("became_unpriced"),
        };
        if (root.TryGetProperty("kept", out var kept))
        {
            foreach (var reason in kept.EnumerateObject())
            {
                totals._kept[reason.Name] = reason.Value.GetInt64();
            }
        }

        if (root.TryGetProperty("models", out var models))
        {
            foreach (var model in models.EnumerateArray())
            {
                var name = model.GetProperty("model").GetString();
                totals._models[name ?? NoModel] = new PostgresRepricedModel(
                    name, model.GetProperty("calls").GetInt64(), model.GetProperty("changed").GetInt64(), Amount(model, "before_nanos"), Amount(model, "after_nanos"));
            }
        }

        return totals;
    }

    // jsonb keeps a number's every digit.
    private static decimal Amount(JsonElement model, string name) =>
        decimal.Parse(model.GetProperty(name).GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
