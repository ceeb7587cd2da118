using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Microsoft.Extensions.Logging.Abstractions;
using Version = System.Version;

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>The Docker engine of this machine, made ready for Testcontainers.</summary>
internal sealed class DockerEngine
{
    // The newest API that Testcontainers speaks unless told otherwise; an older engine refuses it and would look unavailable.
    private static readonly Version AskedByTestcontainers = new(1, 44);

    private static readonly Lazy<Task<DockerEngine?>> OfThisMachine = new(ConnectAsync);

    private readonly DockerClient client;

    private DockerEngine(DockerClient client) => this.client = client;

    /// <summary>
    /// The engine and the first of the images that it has or can pull; null when local processes are to be used instead.
    /// LLMBROKER_TEST_DOCKER says <c>always</c> (throw rather than use local processes) or <c>never</c>.
    /// </summary>
    public static async Task<(DockerEngine Engine, string Image)?> FindAsync(
        string imageVariable, string[] images, CancellationToken cancellationToken)
    {
        var wanted = Environment.GetEnvironmentVariable("LLMBROKER_TEST_DOCKER");
        if (wanted == "never")
            return null;

        if (Environment.GetEnvironmentVariable(imageVariable) is { Length: > 0 } named)
            images = [named];

        var engine = await OfThisMachine.Value.WaitAsync(cancellationToken);
        var image = engine is null ? null : await engine.FirstImageAsync(images, cancellationToken);
        if (image is not null)
            return (engine!, image);

        if (wanted != "always")
            return null;

        throw new InvalidOperationException(engine is null
            ? "LLMBROKER_TEST_DOCKER=always, but no Docker engine answers. Start one, set DOCKER_HOST, or allow local processes."
            : $"LLMBROKER_TEST_DOCKER=always, but the engine has none of {string.Join(", ", images)} and can pull none. " +
              $"Name another image in {imageVariable}, or make one: bash tests/images/build.sh");
    }

    public Task KillAsync(string containerId, CancellationToken cancellationToken) =>
        client.Containers.KillContainerAsync(containerId, new ContainerKillParameters(), cancellationToken);

    private static async Task<DockerEngine?> ConnectAsync()
    {
        foreach (var endpoint in Endpoints())
        {
            var client = new DockerClientBuilder().WithEndpoint(endpoint).Build();
            try
            {
                using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
                var version = await client.System.GetVersionAsync(deadline.Token);
                await PrepareTestcontainersAsync(endpoint, Version.Parse(version.APIVersion));
                return new DockerEngine(client);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or TimeoutException)
            {
                client.Dispose();
            }
        }

        return null;
    }

    private static IEnumerable<Uri> Endpoints()
    {
        if (Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } host)
            return [new Uri(host)];

        string?[] sockets =
        [
            "/var/run/docker.sock",
            Path.Join(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"), "docker.sock"),
            Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker/run/docker.sock"),
        ];
        return sockets.Where(File.Exists).Select(socket => new Uri($"unix://{socket}"));
    }

    // Testcontainers reads its environment when its settings are first touched, so that must not have happened yet.
    private static async Task PrepareTestcontainersAsync(Uri endpoint, Version spoken)
    {
        SetUnlessSet("DOCKER_HOST", endpoint.ToString());
        if (spoken < AskedByTestcontainers)
            SetUnlessSet("DOCKER_API_VERSION", spoken.ToString());

        if (!TestcontainersSettings.ResourceReaperEnabled)
            return;

        // Without its image the reaper cannot start; the containers are then removed by us alone.
        try
        {
            await ResourceReaper.GetAndStartDefaultAsync(
                TestcontainersSettings.OS.DockerEndpointAuthConfig, NullLogger.Instance, isWindowsEngineEnabled: false);
        }
        catch (Exception e) when (e is DockerApiException or ResourceReaperException)
        {
            TestcontainersSettings.ResourceReaperEnabled = false;
        }
    }

    private static void SetUnlessSet(string variable, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable)))
            Environment.SetEnvironmentVariable(variable, value);
    }

    private async Task<string?> FirstImageAsync(string[] images, CancellationToken cancellationToken)
    {
        foreach (var image in images)
        {
            if (await HasImageAsync(image, cancellationToken))
                return image;
        }

        foreach (var image in images)
        {
            if (await PullAsync(image, cancellationToken))
                return image;
        }

        return null;
    }

    private async Task<bool> HasImageAsync(string image, CancellationToken cancellationToken)
    {
        try
        {
            await client.Images.InspectImageAsync(image, cancellationToken);
            return true;
        }
        catch (DockerImageNotFoundException)
        {
            return false;
        }
    }

    private async Task<bool> PullAsync(string image, CancellationToken cancellationToken)
    {
        try
        {
            await client.Images.CreateImageAsync(
                new ImagesCreateParameters { FromImage = image }, authConfig: null, new Progress<JSONMessage>(), cancellationToken);
            return await HasImageAsync(image, cancellationToken);
        }
        catch (DockerApiException)
        {
            return false;
        }
    }
}
