using System.Text;

namespace Graft.Testing;

/// <summary>Damages files: bytes anywhere, or JSON so that it stays near to what a reader takes. The same seed gives the same damage.</summary>
public sealed class Mutator(int seed)
{
    private static readonly string[] Numbers =
        ["0", "-1", "1", "2", "3", "255", "256", "65535", "65536", "1048576", "16777216", "2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775807",
         "9223372036854775808", "18446744073709551615", "-2147483648", "-9223372036854775808", "1e308", "1e999", "-1e308", "0.5", "1e-9", "null", "\"1\"", "[1]", "true", "1E400", "-0"];

    private readonly Random random = new(seed);

    /// <summary>A number from 0 to under a bound.</summary>
    public int Next(int bound) => random.Next(bound);

    /// <summary>Flips bits, cuts, splices, inserts and repeats.</summary>
    public byte[] Bytes(byte[] original, byte[] other)
    {
        byte[] bytes = [.. original];
        int times = 1 + random.Next(3);
        for (int i = 0; i < times && bytes.Length > 0; i++)
        {
            int at = random.Next(bytes.Length), length = random.Next(Math.Min(bytes.Length - at, 64) + 1);
            switch (random.Next(8))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = random.Next(2) == 0 ? (byte)0xff : (byte)0; break;
                case 3: bytes = bytes[..at]; break;
                case 4: bytes = [.. bytes[..at], .. bytes[(at + length)..]]; break;
                case 5: bytes = [.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]]; break;
                case 6:
                    int from = random.Next(other.Length), count = random.Next(Math.Min(other.Length - from, 64) + 1);
                    bytes = [.. bytes[..at], .. other[from..(from + count)], .. bytes[at..]];
                    break;
                default:
                    for (int j = at; j < Math.Min(at + 8, bytes.Length); j++) bytes[j] = (byte)random.Next(256);
                    break;
            }
        }

        return bytes;
    }

    /// <summary>Changes one to sixteen places of a file whose length stays: a byte, a bit, a run of 0xFF, or bytes of another place.</summary>
    public byte[] Overwritten(byte[] original)
    {
        byte[] bytes = [.. original];
        for (int i = 1 << random.Next(5); i > 0; i--)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(4))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.AsSpan(at, Math.Min(random.Next(1, 12), bytes.Length - at)).Fill(0xff); break;
                default:
                    int length = Math.Min(random.Next(1, 64), bytes.Length - at);
                    bytes.AsSpan(random.Next(bytes.Length - length + 1), length).CopyTo(bytes.AsSpan(at));
                    break;
            }
        }

        return bytes;
    }

    /// <summary>Changes numbers, swaps strings, removes and repeats members, nests deeply.</summary>
    public string Json(string json)
    {
        int times = 1 + random.Next(3);
        for (int i = 0; i < times && json.Length > 2; i++)
        {
            json = random.Next(10) switch
            {
                0 => Nested(json),
                1 => Encoding.UTF8.GetString(Bytes(Encoding.UTF8.GetBytes(json), Encoding.UTF8.GetBytes(json))),
                2 or 3 => SwapStrings(json),
                4 or 5 => RemoveOrRepeat(json),
                _ => ReplaceNumber(json),
            };
        }

        return json;
    }

    private string ReplaceNumber(string json)
    {
        int start = Seek(json, c => char.IsAsciiDigit(c) || c == '-');
        if (start < 0) return json;
        int end = start;
        while (end < json.Length && (char.IsAsciiLetterOrDigit(json[end]) || json[end] is '-' or '.' or '+')) end++;
        return json[..start] + Numbers[random.Next(Numbers.Length)] + json[end..];
    }

    private string SwapStrings(string json)
    {
        (int start, int end) = Text(json);
        (int otherStart, int otherEnd) = Text(json);
        string text = random.Next(6) switch
        {
            0 => "\"\"",
            1 => "\"\\ud800\"",
            2 => $"\"{new string('x', random.Next(3000))}\"",
            _ => json[otherStart..otherEnd],
        };
        return json[..start] + text + json[end..];
    }

    private string RemoveOrRepeat(string json)
    {
        int start = Seek(json, c => c == ',');
        if (start < 0) return json;
        int end = json.IndexOf(',', start + 1), depth = 0;
        if (end < 0) return json;
        string part = json[start..end];
        foreach (char c in part) depth += c is '[' or '{' ? 1 : c is ']' or '}' ? -1 : 0;
        return random.Next(3) == 0 && depth == 0 ? json[..start] + string.Concat(Enumerable.Repeat(part, 1 + random.Next(20))) + json[start..] : json[..start] + json[end..];
    }

    private string Nested(string json)
    {
        int at = Seek(json, c => c is '[' or '{' or ':'), depth = random.Next(200);
        if (at < 0) return json;
        return json[..(at + 1)] + string.Concat(Enumerable.Repeat(random.Next(2) == 0 ? "[" : "{\"config\":", depth)) + json[(at + 1)..];
    }

    private (int Start, int End) Text(string json)
    {
        int start = Seek(json, c => c == '"');
        if (start < 0) return (0, 0);
        int end = json.IndexOf('"', start + 1);
        return end < 0 ? (start, start) : (start, end + 1);
    }

    private int Seek(string json, Func<char, bool> wanted)
    {
        int start = random.Next(json.Length);
        for (int i = 0; i < json.Length; i++)
        {
            int at = (start + i) % json.Length;
            if (wanted(json[at])) return at;
        }

        return -1;
    }
}
