using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Inference.Cascade;

/// <summary>Registers what looks at the answers of cheap models.</summary>
public static class CascadeServiceCollectionExtensions
{
    /// <summary>Adds a validator of one's own; one with the name of a built-in one takes its place.</summary>
    public static IServiceCollection AddCompletionValidator<TValidator>(this IServiceCollection services)
        where TValidator : class, ICompletionValidator => services.AddSingleton<ICompletionValidator, TValidator>();

    /// <summary>To be called before those of others are added, which win.</summary>
    internal static IServiceCollection AddCascade(this IServiceCollection services)
    {
        // Before those that were added already, so that these win.
        ReadOnlySpan<Type> builtIn =
            [typeof(JsonSchemaValidator), typeof(TruncationValidator), typeof(RefusalValidator), typeof(LanguageValidator), typeof(LengthRatioValidator), typeof(NumbersValidator), typeof(NamesValidator)];
        foreach (var type in builtIn)
            services.Insert(0, ServiceDescriptor.Singleton(typeof(ICompletionValidator), type));
        services.AddSingleton<CompletionChecker>();
        return services.AddSingleton<CascadeCheck>();
    }
}
