using LlmBroker.Cascade.Validators;
using LlmBroker.Configuration;
using LlmBroker.Routing.Languages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmBroker.Cascade;

/// <summary>Registers validators of a cascade.</summary>
public static class CompletionValidatorExtensions
{
    /// <summary>
    /// Makes <paramref name="name"/> a value of <c>policies.{name}.cascade.validators</c>. A later registration of the same name replaces an
    /// earlier one, the built-in ones included.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The word in the configuration; case matters.</param>
    /// <param name="create">Makes the validator, once.</param>
    public static IServiceCollection AddCompletionValidator(
        this IServiceCollection services, string name, Func<IServiceProvider, ICompletionValidator> create)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        return services.AddSingleton(new CompletionValidatorType(name, create));
    }

    /// <summary>The validators that LlmBroker brings. Comes before those of plug-ins, so that they can replace one.</summary>
    internal static IServiceCollection AddCompletionValidators(this IServiceCollection services)
    {
        services.TryAddSingleton<LanguageDetector>();
        foreach (var type in BuiltIn().Reverse())
            services.Insert(0, ServiceDescriptor.Singleton(type));
        services.AddSingleton<CompletionValidators>();
        return services;
    }

    private static IEnumerable<CompletionValidatorType> BuiltIn()
    {
        yield return new(CascadeValidatorNames.JsonSchema, _ => new JsonSchemaValidator());
        yield return new(CascadeValidatorNames.Truncation, _ => new TruncationValidator());
        yield return new(CascadeValidatorNames.Refusal, _ => new RefusalValidator());
        yield return new(CascadeValidatorNames.Language, services => new LanguageValidator(services.GetRequiredService<LanguageDetector>().Detect));
        yield return new(CascadeValidatorNames.LengthRatio, _ => new LengthRatioValidator());
        yield return new(CascadeValidatorNames.Numbers, _ => new NumbersValidator());
        yield return new(CascadeValidatorNames.Names, _ => new NamesValidator());
    }
}
