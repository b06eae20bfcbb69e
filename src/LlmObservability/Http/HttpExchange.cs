using LlmObservability.Calls;

namespace LlmObservability.Http;

/// <summary>
/// One request of a call under way and its response. It is told to the node that sent it, and to the logical call, whose
/// own notes are then those of all its attempts. Whatever goes wrong here ends here.
/// </summary>
internal static class HttpExchange
{
    /// <summary>A request is about to be sent; returns whose it is, null for nobody's.</summary>
    public static OpenNode? Begin()
    {
        if (OpenNode.UnderWay is not { } node)
        {
            return null;
        }

        try
        {
            var again = node.TakeNotes().TakeHttp().Sent();
            var root = node.Root;
            if (!ReferenceEquals(root, node))
            {
                root.TakeNotes().TakeHttp().Sent();
            }

            if (again && node.Observer.Telemetry.Counting)
            {
                node.Target.Telemetry.SentAgain();
            }

            return node;
        }
        catch (Exception error)
        {
            node.Observer.RecorderFailed(error);
            return null;
        }
    }

    /// <summary>The response's headers are there.</summary>
    public static void Answered(OpenNode node, HttpResponseMessage response)
    {
        try
        {
            var facts = ResponseHeaders.Read(response, node.Observer.Time);
            Told(node, facts);
        }
        catch (Exception error)
        {
            node.Observer.RecorderFailed(error);
        }
    }

    /// <summary>No response came.</summary>
    public static void Unanswered(OpenNode node)
    {
        try
        {
            Told(node, null);
        }
        catch (Exception error)
        {
            node.Observer.RecorderFailed(error);
        }
    }

    private static void Told(OpenNode node, HttpFacts? facts)
    {
        node.TakeNotes().TakeHttp().Ended(facts);
        var root = node.Root;
        if (!ReferenceEquals(root, node))
        {
            root.TakeNotes().TakeHttp().Ended(facts);
        }
    }
}
