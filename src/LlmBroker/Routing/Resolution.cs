using LlmBroker.Contracts;

namespace LlmBroker.Routing;

/// <summary>What became of a request: a route or why there is none, and on what that was decided.</summary>
internal readonly record struct Resolution(Route? Route, Refusal? Refusal, Decision? Decision = null)
{
    public void Deconstruct(out Route? route, out Refusal? refusal) => (route, refusal) = (Route, Refusal);
}
