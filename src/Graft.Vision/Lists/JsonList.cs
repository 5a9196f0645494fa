using System.Text.Json;
using System.Text.Json.Serialization;

namespace Graft.Vision.Lists;

/// <summary>A list as a JSON array of objects, or as JSON Lines, an object a line: <c>{"path": "a.jpg", "label": "rose"}</c>, <c>"labels": ["rose", "tulip"]</c>, <c>"value": 3.5</c>.</summary>
internal sealed class JsonList : IImageList
{
    // Objects of a list are small; the first ones name the columns.
    private const int Looked = 1000;

    private readonly string path, file;
    private readonly bool isArray;

    /// <summary>Opens a file and looks at its first objects.</summary>
    /// <exception cref="GraftException">It is not such JSON, or has no objects.</exception>
    public JsonList(string path)
    {
        (this.path, file) = (path, Path.GetFileName(path));
        isArray = FirstMark() == '[';
        Columns = [.. Objects().Take(Looked).SelectMany(item => item.EnumerateObject().Select(member => member.Name)).Distinct(StringComparer.Ordinal)];
        if (Columns.Count == 0) throw new GraftException($"'{file}' has no images. A list has an object for each image: {{\"path\": \"a.jpg\", \"label\": \"rose\"}}.");
    }

    public IReadOnlyList<string> Columns { get; }

    public IEnumerable<(int Number, string[] Cells)> Rows()
    {
        int number = 0;
        foreach (JsonElement item in Objects())
        {
            number++;
            string[] cells = [.. Columns.Select(name => item.TryGetProperty(name, out JsonElement value) ? Text(value, number, name) : "")];
            if (cells.Any(cell => cell.Length > 0)) yield return (number, cells);
        }
    }

    private string Text(JsonElement value, int number, string name) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Trim(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        JsonValueKind.Null => "",
        JsonValueKind.Array => string.Join(';', value.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.Array || part.ValueKind == JsonValueKind.Object ? throw Nested(number, name) : Text(part, number, name))),
        _ => throw Nested(number, name),
    };

    private GraftException Nested(int number, string name) => new($"'{file}', object {number}: '{name}' holds objects. In a list it is a text, a number, or an array of such.");

    private char FirstMark()
    {
        using StreamReader reader = new(path);
        int next;
        do next = reader.Read();
        while (next >= 0 && char.IsWhiteSpace((char)next));
        return next switch
        {
            -1 => throw new GraftException($"'{file}' is empty. A list has an object for each image: {{\"path\": \"a.jpg\", \"label\": \"rose\"}}."),
            '[' or '{' => (char)next,
            _ => throw new GraftException($"'{file}' is not JSON: it begins with '{(char)next}'. A list is an array of objects, or an object a line."),
        };
    }

    private IEnumerable<JsonElement> Objects()
    {
        using FileStream stream = File.OpenRead(path);
        JsonSerializerOptions options = new(ListJson.Default.Options) { MaxDepth = 8, DefaultBufferSize = 1 << 14 };
        IAsyncEnumerator<JsonElement> items = JsonSerializer.DeserializeAsyncEnumerable(stream, new ListJson(options).JsonElement, topLevelValues: !isArray).GetAsyncEnumerator();
        int number = 0;
        while (Next(items, number + 1))
        {
            number++;
            if (items.Current.ValueKind != JsonValueKind.Object) throw new GraftException($"'{file}', object {number} is none. A list has an object for each image: {{\"path\": \"a.jpg\", \"label\": \"rose\"}}.");
            yield return items.Current;
        }
    }

    private bool Next(IAsyncEnumerator<JsonElement> items, int number)
    {
        try
        {
            // The file is read synchronously beneath: nothing is waited for but the disk.
            return items.MoveNextAsync().AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            string why = e.Message.Contains("LineNumber", StringComparison.Ordinal) ? e.Message[..e.Message.IndexOf(" LineNumber", StringComparison.Ordinal)] : e.Message;
            throw new GraftException($"'{file}', object {number} is not valid JSON: {why}", e);
        }
    }
}

/// <summary>What a list in JSON is made of.</summary>
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ListJson : JsonSerializerContext;
