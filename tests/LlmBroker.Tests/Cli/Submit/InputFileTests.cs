using System.Text;
using LlmBroker.Cli.Submit;
using Xunit;

namespace LlmBroker.Tests.Cli.Submit;

public sealed class InputFileTests
{
    [Fact]
    public async Task ReadAsync_gives_each_line_with_its_number_whatever_the_line_ends()
    {
        var lines = await ReadAsync("\uFEFFone\r\n\n  two \n\r\nthree");

        Assert.Equal([(1, "one"), (3, "two"), (5, "three")], lines.Select(line => (line.Number, line.Text)));
    }

    [Fact]
    public async Task ReadAsync_passes_over_a_line_that_is_too_long_and_goes_on()
    {
        var lines = await ReadAsync("a\n" + new string('x', InputFile.MaxLineBytes + 300_000) + "\nb\n");

        Assert.Equal([(1, "a", false), (2, "", true), (3, "b", false)], lines.Select(line => (line.Number, line.Text, line.TooLong)));
    }

    [Fact]
    public async Task ReadAsync_gives_lines_longer_than_its_buffer_whole()
    {
        var texts = Enumerable.Range(1, 40).Select(number => new string((char)('a' + (number % 26)), number * 20_011)).ToList();

        var lines = await ReadAsync(string.Join('\n', texts));

        Assert.Equal(texts, lines.Select(line => line.Text));
    }

    [Fact]
    public async Task ReadAgainAsync_finds_each_line_at_its_place()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "\uFEFFone\r\n" + new string('x', 300_000) + "\n\nthree", TestContext.Current.CancellationToken);
            await foreach (var line in InputFile.ReadAsync(path, TestContext.Current.CancellationToken))
            {
                var again = await InputFile.ReadAgainAsync(path, new InFlightLine(line.Number, line.Offset, line.Length), TestContext.Current.CancellationToken);
                Assert.True(again.Bytes.Span.SequenceEqual(line.Bytes.Span), $"Line {line.Number} differs.");
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<List<(int Number, string Text, bool TooLong)>> ReadAsync(string text)
    {
        var lines = new List<(int, string, bool)>();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await foreach (var line in InputFile.ReadAsync(stream, TestContext.Current.CancellationToken))
            lines.Add((line.Number, Encoding.UTF8.GetString(line.Bytes.Span), line.TooLong));
        return lines;
    }
}
