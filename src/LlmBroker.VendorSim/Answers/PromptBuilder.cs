using System.Text;

namespace LlmBroker.Simulation.Answers;

/// <summary>Collects a request's messages into a <see cref="Prompt"/>.</summary>
internal sealed class PromptBuilder
{
    // What chat templates add around each message.
    private const int TokensPerMessage = 4;

    private readonly StringBuilder _transcript = new();
    private int _extraTokens = 3;
    private int _userStart;
    private int _userLength;
    private bool _isUser;

    public void BeginMessage(string role)
    {
        _transcript.Append(role).Append('\u001F');
        _extraTokens += TokensPerMessage;
        _isUser = role == "user";
        if (_isUser)
            (_userStart, _userLength) = (_transcript.Length, 0);
    }

    public void Add(string? text)
    {
        _transcript.Append(text);
        if (_isUser)
            _userLength = _transcript.Length - _userStart;
    }

    public void EndMessage() => _transcript.Append('\u001E');

    /// <summary>For what has tokens but no text, such as images.</summary>
    public void AddTokens(int tokens) => _extraTokens += tokens;

    public Prompt Build()
    {
        var transcript = _transcript.ToString();
        return new Prompt(transcript, transcript.Substring(_userStart, _userLength), _extraTokens + TokenCounter.Count(transcript), _isUser);
    }
}
