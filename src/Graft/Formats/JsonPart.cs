using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Graft.Formats;

/// <summary>A part of a JSON text that knows the file it is from and where in it, for errors that a person can act on.</summary>
internal readonly struct JsonPart(string file, string path, JsonElement element)
{
    private readonly JsonElement element = element;

    /// <summary>Parses a JSON text from a file that nobody vouches for.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="what">What the text is, for errors.</param>
    /// <param name="utf8">The text.</param>
    /// <param name="depth">The deepest nesting allowed.</param>
    public static JsonDocument Parse(string file, string what, ReadOnlyMemory<byte> utf8, int depth)
    {
        if (!Utf8.IsValid(utf8.Span)) throw new WeightFileException(file, $"{what} is not valid UTF-8.");
        try
        {
            return JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = depth, AllowDuplicateProperties = false });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new WeightFileException(file, $"{what} is not valid JSON: {e.Message}", cause: e);
        }
    }

    /// <summary>Runs a reader; what a file can cause beneath becomes an error that names the file.</summary>
    public static T Guard<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is NetworkException or ArgumentException or InvalidOperationException or OverflowException or JsonException)
        {
            // InvalidOperationException: the JSON reader's answer to a string with half a surrogate pair.
            throw new WeightFileException(file, Rule(e), cause: e);
        }
    }

    /// <summary>What an error says, without the runtime's addition of a parameter and its value.</summary>
    public static string Rule(Exception e) => e is ArgumentException && e.Message.IndexOf(" (Parameter '", StringComparison.Ordinal) is > 0 and var end ? e.Message[..end] : e.Message;

    public string Path => path;

    public JsonValueKind Kind => element.ValueKind;

    public bool IsNull => element.ValueKind == JsonValueKind.Null;

    public WeightFileException Error(string rule) => new(file, $"{path} {rule}");

    public JsonPart this[string name] => Find(name) ?? throw Error($"has no '{name}'.");

    public JsonPart? Find(string name)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Error($"must be an object, not {Text()}.");
        return element.TryGetProperty(name, out JsonElement value) ? new JsonPart(file, $"{path}.{name}", value) : null;
    }

    /// <summary>As <see cref="Find"/>, but a null counts as absent.</summary>
    public JsonPart? FindValue(string name) => Find(name) is { IsNull: false } value ? value : null;

    public string String(int longest = 4096)
    {
        if (element.ValueKind != JsonValueKind.String) throw Error($"must be a string, not {Text()}.");
        string value = element.GetString()!;
        return value.Length <= longest ? value : throw Error($"must have at most {longest} letters, not {value.Length}.");
    }

    public int Int(int least, int most) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) && value >= least && value <= most
        ? value
        : throw Error($"must be a whole number from {least} to {most}, not {Text()}.");

    public long Long(long least, long most) => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long value) && value >= least && value <= most
        ? value
        : throw Error($"must be a whole number from {least} to {most}, not {Text()}.");

    public ulong UnsignedLong() => element.ValueKind == JsonValueKind.Number && element.TryGetUInt64(out ulong value)
        ? value
        : throw Error($"must be a whole number from 0 to {ulong.MaxValue}, not {Text()}.");

    public double Number() => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && double.IsFinite(value)
        ? value
        : throw Error($"must be a finite number, not {Text()}.");

    public float Float() => element.ValueKind == JsonValueKind.Number && element.TryGetSingle(out float value) && float.IsFinite(value)
        ? value
        : throw Error($"must be a finite number, not {Text()}.");

    public bool Bool() => element.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? element.GetBoolean()
        : throw Error($"must be true or false, not {Text()}.");

    /// <summary>The elements of an array of at most so many.</summary>
    public JsonPart[] Items(int most)
    {
        if (element.ValueKind != JsonValueKind.Array) throw Error($"must be an array, not {Text()}.");
        int length = element.GetArrayLength();
        if (length > most) throw Error($"must have at most {most} elements, not {length}.");
        JsonPart[] items = new JsonPart[length];
        int i = 0;
        foreach (JsonElement item in element.EnumerateArray()) items[i] = new JsonPart(file, $"{path}[{i++}]", item);
        return items;
    }

    /// <summary>The members of an object in the text's order.</summary>
    public List<(string Name, JsonPart Value)> Members()
    {
        if (element.ValueKind != JsonValueKind.Object) throw Error($"must be an object, not {Text()}.");
        List<(string, JsonPart)> members = [];
        foreach (JsonProperty member in element.EnumerateObject())
        {
            string name = member.Name;
            members.Add((name, new JsonPart(file, path.Length == 0 ? WeightFileException.Quote(name) : $"{path}.{(name.Length <= 120 ? name : name[..100])}", member.Value)));
        }

        return members;
    }

    private string Text() => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.String => WeightFileException.Quote(element.GetString()!),
        JsonValueKind.Number => element.GetRawText() is { Length: > 40 } text ? $"{text[..40]}..." : element.GetRawText(),
        _ => element.GetRawText(),
    };

    /// <summary>A JSON text on one line, with letters of every script as they are.</summary>
    public static string Write(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
