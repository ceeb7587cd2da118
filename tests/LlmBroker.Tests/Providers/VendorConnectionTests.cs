using System.Net;
using LlmBroker.Configuration;
using LlmBroker.Providers;
using LlmBroker.Providers.OpenAi;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class VendorConnectionTests
{
    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, ProviderError.ConnectionFailed)]
    [InlineData(HttpRequestError.ConnectionError, ProviderError.ConnectionFailed)]
    [InlineData(HttpRequestError.SecureConnectionError, ProviderError.ConnectionFailed)]
    [InlineData(HttpRequestError.ProxyTunnelError, ProviderError.ConnectionFailed)]
    [InlineData(HttpRequestError.ResponseEnded, ProviderError.ConnectionLost)]
    [InlineData(HttpRequestError.HttpProtocolError, ProviderError.ConnectionLost)]
    [InlineData(HttpRequestError.InvalidResponse, ProviderError.ConnectionLost)]
    [InlineData(HttpRequestError.Unknown, ProviderError.ConnectionLost)]
    public async Task CallAsync_knows_whether_the_request_can_have_arrived(HttpRequestError error, ProviderError expected)
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Throwing(new HttpRequestException(error, "10.0.0.7:443 says no")));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal(expected, result.Error);
        Assert.Null(result.HttpStatus);
        Assert.DoesNotContain("10.0.0.7", result.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallAsync_with_a_connect_timeout_is_a_failed_connection()
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Throwing(new TaskCanceledException("connect", new TimeoutException())));

        Assert.Equal(ProviderError.ConnectionFailed, (await provider.CallAsync(ProviderCalls.Hello)).Error);
    }

    [Fact]
    public async Task CallAsync_lets_cancellation_out_before_and_while_the_answer_is_read()
    {
        using var source = new CancellationTokenSource();
        using var vendor = new StubVendor(() => new HttpResponseMessage { Content = new StreamContent(new StubBody(_ => source.Cancel())) });
        using var provider = ProviderCalls.OpenAi(vendor);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => provider.CallAsync(ProviderCalls.Call(ProviderCalls.Hello), source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => provider.CallAsync(ProviderCalls.Call(ProviderCalls.Hello), source.Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CallAsync_that_breaks_because_it_is_cancelled_is_cancelled(bool whileSending)
    {
        using var source = new CancellationTokenSource();
        Exception Broken()
        {
            source.Cancel();
            return new HttpRequestException(HttpRequestError.ResponseEnded, "ended");
        }

        using var vendor = new StubVendor(() => whileSending
            ? throw Broken()
            : new HttpResponseMessage { Content = new StreamContent(new StubBody(_ => throw Broken())) });
        using var provider = ProviderCalls.OpenAi(vendor);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => provider.CallAsync(ProviderCalls.Call(ProviderCalls.Hello), source.Token));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, ProviderError.ConnectionLost)]
    [InlineData(HttpStatusCode.TooManyRequests, ProviderError.RateLimited)]
    public async Task CallAsync_with_a_cut_body_is_a_lost_connection_unless_the_status_says_it(HttpStatusCode status, ProviderError expected)
    {
        using var vendor = new StubVendor(() => new HttpResponseMessage(status)
        {
            Content = new StreamContent(new StubBody(read => throw new HttpIOException(HttpRequestError.ResponseEnded))),
        });
        using var provider = ProviderCalls.OpenAi(vendor);

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal(expected, result.Error);
        Assert.Equal((int)status, result.HttpStatus);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CallAsync_does_not_read_an_answer_without_end(bool declared)
    {
        using var vendor = new StubVendor(() =>
        {
            var content = new StreamContent(new StubBody(_ => { }));
            content.Headers.ContentLength = declared ? VendorConnection.MaxAnswerBytes + 1L : null;
            return new HttpResponseMessage { Content = content };
        });
        using var provider = ProviderCalls.OpenAi(vendor);

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal(ProviderError.MalformedAnswer, result.Error);
        Assert.Contains("64 MiB", result.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallAsync_names_the_server_as_the_certificate_must()
    {
        using var vendor = StubVendor.Answering("{}");
        var settings = new ProviderSettings { Account = "a", BaseAddress = new Uri("https://10.0.0.7:8443/v1/"), Tls = new TlsOptions { ServerName = "llm.internal" } };
        using var provider = new OpenAiProvider(settings, vendor, TimeProvider.System);

        await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal("llm.internal:8443", vendor.Headers["Host"]);
    }

    [Fact]
    public void A_server_name_that_is_none_is_refused()
    {
        using var vendor = StubVendor.Answering("{}");
        var settings = new ProviderSettings { Account = "acme", Tls = new TlsOptions { ServerName = "not a host" } };

        Assert.Contains("'not a host'", Assert.Throws<InvalidOperationException>(() => new OpenAiProvider(settings, vendor, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("key\r\nX-Evil: 1")]
    [InlineData("schlüssel")]
    public void A_key_that_cannot_be_a_header_is_refused_without_being_shown(string key)
    {
        using var vendor = StubVendor.Answering("{}");

        var fault = Assert.Throws<InvalidOperationException>(
            () => new OpenAiProvider(new ProviderSettings { Account = "acme", ApiKey = key }, vendor, TimeProvider.System));

        Assert.Contains("'acme'", fault.Message, StringComparison.Ordinal);
        if (key.Length > 0)
            Assert.DoesNotContain(key, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_request_body_can_be_sent_again()
    {
        var written = 0;
        PooledBuffer Write()
        {
            written++;
            var buffer = new PooledBuffer(16);
            "{}"u8.CopyTo(buffer.GetSpan(2));
            buffer.Advance(2);
            return buffer;
        }

        using var content = new VendorRequestContent(Write(), Write);
        using var twice = new MemoryStream();
        await content.CopyToAsync(twice, TestContext.Current.CancellationToken);
        await content.CopyToAsync(twice, TestContext.Current.CancellationToken);

        Assert.Equal("{}{}"u8.ToArray(), twice.ToArray());
        Assert.Equal(2, content.Headers.ContentLength);
        Assert.Equal(2, written);
    }

    /// <summary>A body that goes on for ever and does something at each read.</summary>
    private sealed class StubBody(Action<int> onRead) : Stream
    {
        private int _reads;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            onRead(++_reads);
            cancellationToken.ThrowIfCancellationRequested();
            buffer.Span.Fill((byte)' ');
            return ValueTask.FromResult(buffer.Length);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
