using System.Text.Json;

namespace LlmObservability.Sinks;

/// <summary>The fields of an amendment while an envelope is read.</summary>
internal sealed class AmendmentFields : IEnvelopeFields
{
    private readonly CostFields _cost = new();
    private Guid? _id;
    private Guid? _callId;
    private DateTimeOffset? _callStartedAt;
    private DateTimeOffset? _createdAt;
    private string? _kind;
    private string? _name;
    private double? _score;
    private string? _label;

    public bool TryRead(scoped ReadOnlySpan<char> name, ref Utf8JsonReader json)
    {
        switch (name)
        {
            case "id": _id = JsonValues.Id(ref json); break;
            case "call_id": _callId = JsonValues.Id(ref json); break;
            case "call_started_at": _callStartedAt = JsonValues.Time(ref json); break;
            case "created_at": _createdAt = JsonValues.Time(ref json); break;
            case "amendment_kind": _kind = json.GetString(); break;
            case "name": _name = json.GetString(); break;
            case "score": _score = JsonValues.Number(ref json); break;
            case "label": _label = json.GetString(); break;
            default: return _cost.TryRead(name, ref json);
        }

        return true;
    }

    public LlmAmendment ToAmendment() => new()
    {
        Id = JsonValues.Needed(_id, "id"),
        CallId = JsonValues.Needed(_callId, "call_id"),
        CallStartedAt = JsonValues.Needed(_callStartedAt, "call_started_at"),
        CreatedAt = JsonValues.Needed(_createdAt, "created_at"),
        Kind = JsonValues.Needed(_kind, "amendment_kind"),
        Name = _name,
        Score = _score,
        Label = _label,
        Cost = _cost.Cost,
        CostReason = _cost.Reason,
        PriceEntry = _cost.PriceEntry,
        CatalogDate = _cost.CatalogDate,
    };
}
