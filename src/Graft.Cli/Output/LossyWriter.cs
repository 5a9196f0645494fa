using System.Text;

namespace Graft.Cli.Output;

/// <summary>
/// Writes text as long as that is possible and drops it afterwards: a full disk or a closed terminal behind an output must not end the work that tells of itself.
/// Where whoever shows it has only ASCII, lines of tables are drawn with that and other characters become <c>?</c>.
/// </summary>
internal sealed class LossyWriter(TextWriter inner, bool isAscii) : TextWriter
{
    /// <summary>Why text was dropped; null where none was.</summary>
    public Exception? Failure { get; private set; }

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    // In one piece: no other program's line comes between.
    public override void WriteLine(string? value) => Write(value + inner.NewLine);

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (Failure is not null) return;
        try
        {
            if (isAscii && !Ascii.IsValid(buffer)) inner.Write(Shown(buffer));
            else inner.Write(buffer);
            inner.Flush();
        }
        catch (Exception e) when (IsUnwritable(e))
        {
            Failure = e;
        }
    }

    public override void Flush()
    {
    }

    /// <summary>Writes a line although others were dropped, if that is possible now.</summary>
    public void TryAgain(string line)
    {
        try
        {
            inner.WriteLine(line);
            inner.Flush();
        }
        catch (Exception e) when (IsUnwritable(e))
        {
            // Then it cannot be said.
        }
    }

    private static bool IsUnwritable(Exception e) => e is IOException or UnauthorizedAccessException or ObjectDisposedException;

    private static string Shown(ReadOnlySpan<char> text)
    {
        StringBuilder shown = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            shown.Append(rune.Value switch
            {
                < 128 => (char)rune.Value,
                '─' or '━' => '-',
                '│' => '|',
                '…' => '~',
                _ => '?',
            });
        }

        return shown.ToString();
    }
}
