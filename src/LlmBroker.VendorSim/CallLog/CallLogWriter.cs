using System.Buffers;
using System.Text.Json;

namespace LlmBroker.Simulation.CallLog;

/// <summary>
/// Appends calls to a JSON lines file. <see cref="AppendAsync"/> ends when the operating system has the line, so no line is lost with the
/// process. All that arrives while one write runs goes out with the next, so that the cost of a write is shared.
/// </summary>
internal sealed class CallLogWriter : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream? _file;
    private readonly RecentCalls _recent;
    private readonly Utf8JsonWriter _json;
    private ArrayBufferWriter<byte> _filling = new(64 * 1024);
    private ArrayBufferWriter<byte> _writing = new(64 * 1024);
    private TaskCompletionSource _batch = NewBatch();
    private TaskCompletionSource _idle = NewBatch();
    private bool _isWriting;
    private long _sequence;

    /// <param name="path">Null keeps no file: only the recent calls and the counts in memory.</param>
    public CallLogWriter(string? path, RecentCalls recent)
    {
        _recent = recent;
        _json = new Utf8JsonWriter(_filling);
        if (path is null)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        // bufferSize 0: every Write is a write(2). ReadWrite sharing: reconciling reads the file while it grows.
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        _sequence = CallLogTail.Resume(_file);
    }

    public Task AppendAsync(VendorCall call)
    {
        lock (_gate)
        {
            var numbered = call with { Sequence = ++_sequence };
            _recent.Add(numbered);
            if (_file is null)
                return Task.CompletedTask;
            _json.Reset(_filling);
            JsonSerializer.Serialize(_json, numbered, CallLogJson.Default.VendorCall);
            _filling.Write("\n"u8);
            if (!_isWriting)
            {
                _isWriting = true;
                _idle = NewBatch();
                ThreadPool.UnsafeQueueUserWorkItem(static writer => writer.WriteBatches(), this, preferLocal: false);
            }

            return _batch.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task idle;
        lock (_gate)
            idle = _isWriting ? _idle.Task : Task.CompletedTask;
        await idle;
        await _json.DisposeAsync();
        if (_file is not null)
            await _file.DisposeAsync();
    }

    private void WriteBatches()
    {
        while (true)
        {
            TaskCompletionSource batch;
            lock (_gate)
            {
                if (_filling.WrittenCount == 0)
                {
                    _isWriting = false;
                    _idle.SetResult();
                    return;
                }

                (_filling, _writing) = (_writing, _filling);
                (batch, _batch) = (_batch, NewBatch());
            }

            try
            {
                _file!.Write(_writing.WrittenSpan);
                batch.SetResult();
            }
            catch (IOException e)
            {
                // Fails the calls of this batch: a call that could not be logged must not be answered.
                batch.SetException(e);
            }

            _writing.ResetWrittenCount();
        }
    }

    private static TaskCompletionSource NewBatch() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
