using System.Reflection;
using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.Models;

/// <summary>The names that an enum's members have in JSON, without the one for "not set".</summary>
internal static class EnumNames
{
    public static Dictionary<T, string> Of<T>()
        where T : struct, Enum => Enum.GetValues<T>()
            .Where(value => !value.Equals(default(T)))
            .ToDictionary(value => value, value => typeof(T).GetField(value.ToString())!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name);
}
