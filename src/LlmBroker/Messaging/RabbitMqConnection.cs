using System.Security.Authentication;
using LlmBroker.Configuration;
using MassTransit;
using RabbitMQ.Client;

namespace LlmBroker.Messaging;

/// <summary>How to reach RabbitMQ, with the secret resolved: for the bus, and for plain clients such as <c>submit</c> and <c>doctor</c>.</summary>
internal sealed class RabbitMqConnection
{
    private readonly RabbitMqOptions options;
    private readonly string password;
    private readonly TlsCertificates certificates;

    /// <param name="options">Validated options.</param>
    /// <param name="password">The resolved password; null: that of the address, else <c>guest</c>.</param>
    public RabbitMqConnection(RabbitMqOptions options, string? password)
    {
        this.options = options;
        certificates = TlsCertificates.Load(options.Tls);
        var userInfo = options.Uri.UserInfo.Split(':', 2);
        Username = options.Username ?? (userInfo[0].Length > 0 ? Uri.UnescapeDataString(userInfo[0]) : "guest");
        this.password = password ?? (userInfo.Length > 1 ? Uri.UnescapeDataString(userInfo[1]) : "guest");
    }

    public string Username { get; }

    public string VirtualHost => options.Uri.AbsolutePath.Length <= 1 ? "/" : Uri.UnescapeDataString(options.Uri.AbsolutePath[1..]);

    public bool IsTls => options.Uri.Scheme == "amqps";

    /// <summary>The address without user and password, to be shown.</summary>
    public string Address => $"{options.Uri.Scheme}://{options.Uri.Host}:{Port}{options.Uri.AbsolutePath}";

    private ushort Port => (ushort)(options.Uri.Port > 0 ? options.Uri.Port : IsTls ? 5671 : 5672);

    public void Configure(IRabbitMqBusFactoryConfigurator bus, RabbitMqWatch watch) =>
        bus.Host(options.Uri.Host, Port, VirtualHost, host =>
        {
            host.Username(Username);
            host.Password(password);
            host.PublisherConfirmation = true;
            host.OnRefreshConnectionFactory = _ => watch.WaitUntilReachableAsync();
            host.ConnectionName($"llmbroker {Environment.MachineName}");
            if (IsTls)
                host.UseSsl(ssl => ConfigureTls(ssl));
        });

    public ConnectionFactory CreateFactory(string name) => new()
    {
        HostName = options.Uri.Host,
        Port = Port,
        VirtualHost = VirtualHost,
        UserName = Username,
        Password = password,
        ClientProvidedName = name,
        AutomaticRecoveryEnabled = true,
        Ssl = IsTls ? Tls() : new SslOption { Enabled = false },
    };

    /// <summary>Credentials of the management API, which has the same users.</summary>
    public (string User, string Password) Credentials => (Username, password);

    private SslOption Tls()
    {
        var ssl = new SslOption(certificates.ServerName ?? options.Uri.Host) { Enabled = true, Version = SslProtocols.None };
        if (certificates.Client is { } client)
            ssl.Certs = [client];
        if (certificates.ValidationCallback is { } callback)
            ssl.CertificateValidationCallback = callback;
        return ssl;
    }

    private void ConfigureTls(IRabbitMqSslConfigurator ssl)
    {
        ssl.ServerName = certificates.ServerName ?? options.Uri.Host;
        ssl.Protocol = SslProtocols.None;
        if (certificates.Client is { } client)
            ssl.Certificate = client;
        if (certificates.ValidationCallback is { } callback)
            ssl.CertificateValidationCallback = callback;
    }
}
