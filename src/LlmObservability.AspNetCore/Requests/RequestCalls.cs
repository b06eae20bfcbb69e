using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace LlmObservability.AspNetCore.Requests;

/// <summary>
/// The ids of the calls that began inside one HTTP request, until its response starts. Holds nothing of the request: what it
/// started in the background may outlive it. Thread-safe.
/// </summary>
/// <param name="header">The response header; null for none.</param>
/// <param name="mostIds">The most ids that are told.</param>
internal sealed class RequestCalls(string? header, int mostIds)
{
    private readonly object _gate = new();
    private List<Guid>? _ids;
    private int _more;
    private bool _told;

    /// <summary>A call began; never throws.</summary>
    public void Began(Guid id)
    {
        lock (_gate)
        {
            if (_told || header is null)
            {
                return;
            }

            if (_ids is { Count: var count } && count >= mostIds)
            {
                _more++;
            }
            else
            {
                (_ids ??= []).Add(id);
            }
        }
    }

    /// <summary>Tells them, as the response starts; of a request without calls nothing. Ids alone: nothing that a caller chose gets into a header.</summary>
    public void Tell(IHeaderDictionary headers)
    {
        lock (_gate)
        {
            _told = true;
            if (header is null || _ids is null)
            {
                return;
            }

            headers[header] = string.Join(", ", _ids);
            if (_more > 0)
            {
                headers[header + "-more"] = _more.ToString(CultureInfo.InvariantCulture);
            }

            _ids = null;
        }
    }
}
