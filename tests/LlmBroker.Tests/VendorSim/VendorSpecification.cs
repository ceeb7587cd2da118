using Xunit;

namespace LlmBroker.Tests.Simulation;

/// <summary>The vendors' published specifications, which are not part of the repository.</summary>
internal static class VendorSpecification
{
    /// <summary>The path of <c>shared/specs/NAME</c> in a folder above the tests; skips the test where there is none.</summary>
    public static string Find(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "specs", name);
            if (File.Exists(path))
                return path;
        }

        Assert.Skip($"The vendor's specification shared/specs/{name} is in no folder above the tests.");
        return "";
    }
}
