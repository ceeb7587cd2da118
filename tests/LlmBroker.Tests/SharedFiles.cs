using Xunit;

namespace LlmBroker.Tests;

/// <summary>Files that lie beside the repository and are not part of it.</summary>
internal static class SharedFiles
{
    /// <summary>The path of <c>../shared/…</c>. Skips the test where it is absent.</summary>
    public static string PathOf(params string[] parts)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine([folder.FullName, "shared", .. parts]);
            if (File.Exists(path))
                return path;
        }

        Assert.Skip($"../shared/{string.Join('/', parts)}, beside the repository, is not here.");
        return "";
    }
}
