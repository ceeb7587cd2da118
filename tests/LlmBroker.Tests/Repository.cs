namespace LlmBroker.Tests;

/// <summary>Finds files of the repository that tests compare with.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LlmBroker.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"No LlmBroker.sln above {AppContext.BaseDirectory}.");
    }
}
