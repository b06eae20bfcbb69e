using LlmObservability.Pricing;
using LlmObservability.Telemetry;

namespace LlmObservability.Calls;

/// <summary>One client and the model asked for: what is worked out once for the many calls alike. Thread-safe.</summary>
/// <param name="client">The client.</param>
/// <param name="askedModel">The model as the options name it; null for the client's own.</param>
/// <param name="requestModel">The model asked for, storable.</param>
/// <param name="telemetry">The same for spans and metrics.</param>
internal sealed class CallTarget(ClientIdentity client, string? askedModel, string? requestModel, TelemetryTarget telemetry)
{
    private RecentPrice? _recentPrice;
    private ServedBy? _recentServed;

    public ClientIdentity Client => client;

    public string? AskedModel => askedModel;

    public string? RequestModel => requestModel;

    public TelemetryTarget Telemetry => telemetry;

    /// <summary>Who served an attempt, with the entry that priced it; the one used last is at hand.</summary>
    public ServedBy Served(in Bill bill)
    {
        var recent = Volatile.Read(ref _recentServed);
        if (recent is null || recent.ResponseModel != bill.ResponseModel || recent.PriceEntry != bill.PriceEntry || recent.CatalogDate != bill.CatalogDate)
        {
            recent = new ServedBy
            {
                Provider = client.Provider,
                ServerAddress = client.ServerAddress,
                RequestModel = requestModel,
                ResponseModel = bill.ResponseModel,
                PriceEntry = bill.PriceEntry,
                CatalogDate = bill.CatalogDate,
            };
            Volatile.Write(ref _recentServed, recent);
        }

        return recent;
    }

    /// <summary>The prices of the model that answered; those found last are at hand.</summary>
    public PriceModel? PriceOf(string? responseModel, CallPricer pricer)
    {
        var recent = Volatile.Read(ref _recentPrice);
        if (recent is null || recent.ResponseModel != responseModel || !ReferenceEquals(recent.Pricer, pricer))
        {
            var key = new PriceKey(client.Provider, client.ServerAddress, responseModel, requestModel);
            recent = new RecentPrice(pricer, responseModel, pricer.Find(key));
            Volatile.Write(ref _recentPrice, recent);
        }

        return recent.Model;
    }

    private sealed record RecentPrice(CallPricer Pricer, string? ResponseModel, PriceModel? Model);
}
