namespace LlmBroker.Cli.Submit;

/// <summary>One line of the input.</summary>
/// <param name="Number">Counted from 1, blank lines included.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Length">Its bytes in the file, without the line's end.</param>
/// <param name="Bytes">Its text without white space around it.</param>
/// <param name="TooLong">It is longer than <see cref="InputFile.MaxLineBytes"/> and was passed over.</param>
internal readonly record struct RawLine(int Number, long Offset, int Length, ReadOnlyMemory<byte> Bytes, bool TooLong);
