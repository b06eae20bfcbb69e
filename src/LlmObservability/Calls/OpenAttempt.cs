using LlmObservability.Pipeline;
using LlmObservability.Tags;
using Microsoft.Extensions.AI;

namespace LlmObservability.Calls;

/// <summary>
/// A wrapped client inside another one, which answers in one piece: it becomes an attempt of the logical call, and has
/// nothing but its times and a span. Tags and scope are the logical call's.
/// </summary>
internal sealed class OpenAttempt(CallTarget target, OpenNode around) : OpenNode(target, around)
{
    public override LlmScope? Scope => Root.Scope;

    protected override void Enter(ChatOptions? options)
    {
        base.Enter(options);
        EnterSpan();
    }

    protected override LlmCall? End(LlmOutcome outcome, Exception? error, in CallFacts facts, out CommitWaiter? commit)
    {
        commit = null;
        if (!TryEndAlone() || EndNested(outcome, error, facts) is not { } call)
        {
            return null;
        }

        var scope = Scope;
        commit = Observer.Record(call, attempts: null, EndedTools.Of(call, inside: null, facts.Tools, (default, scope, Target), Observer));
        LlmScope.Ended(scope, call);
        return call;
    }
}
