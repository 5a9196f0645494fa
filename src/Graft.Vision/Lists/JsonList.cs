using System.Text.Json;

namespace Graft.Vision.Lists;

/// <summary>A list as a JSON array of objects, or as JSON Lines, an object a line: <c>{"path": "a.jpg", "label": "rose"}</c>, <c>"labels": ["rose", "tulip"]</c>, <c>"value": 3.5</c>.</summary>
internal sealed class JsonList : IImageList
{
    // As a row of a table has.
    private const int LongestObject = 1 << 20, MostColumns = 20_000;
    private const string Wanted = "A list has an object for each image: {\"path\": \"a.jpg\", \"label\": \"rose\"}.";

    private readonly string path, file;
    private readonly CancellationToken cancel;
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);

    /// <summary>Opens a file and looks at all its objects for columns.</summary>
    /// <exception cref="GraftException">It is not such JSON, or has no objects.</exception>
    public JsonList(string path, CancellationToken cancel)
    {
        (this.path, file, this.cancel) = (path, Path.GetFileName(path), cancel);
        int number = 0;
        foreach (JsonElement item in Objects())
        {
            number++;
            foreach (JsonProperty member in item.EnumerateObject()) places.TryAdd(Name(member, number), places.Count);
            if (places.Count > MostColumns) throw new GraftException($"'{file}' has more than {MostColumns:N0} different names in its objects; a list has at most so many columns.");
        }

        Columns = [.. places.Keys];
        if (Columns.Count == 0) throw new GraftException($"'{file}' has no images. {Wanted}");
    }

    public IReadOnlyList<string> Columns { get; }

    public IEnumerable<(int Number, ListCell[] Cells)> Rows()
    {
        int number = 0;
        bool[] has = new bool[Columns.Count];
        foreach (JsonElement item in Objects())
        {
            number++;
            ListCell[] cells = new ListCell[Columns.Count];
            Array.Fill(cells, "");
            Array.Clear(has);
            foreach (JsonProperty member in item.EnumerateObject())
            {
                string name = Name(member, number);
                if (!places.TryGetValue(name, out int place)) throw new GraftException($"'{file}' was changed while it was read. Try again.");
                if (has[place]) throw new GraftException($"'{file}', object {number:N0} has '{ListCells.Short(name)}' twice. Remove one.");
                (cells[place], has[place]) = (Cell(member.Value, number, name), true);
            }

            if (cells.Any(cell => !cell.IsEmpty)) yield return (number, cells);
        }
    }

    private string Name(JsonProperty member, int number) => JsonPieces.Text(() => member.Name, () => $"'{file}', object {number:N0}: a name");

    private ListCell Cell(JsonElement value, int number, string name)
    {
        if (value.ValueKind != JsonValueKind.Array) return new ListCell(Text(value, number, name), IsNumber: value.ValueKind == JsonValueKind.Number);
        string[] parts = [.. value.EnumerateArray().Select(part => Text(part, number, name))];
        return ListCell.Of(parts, areNumbers: value.EnumerateArray().All(part => part.ValueKind == JsonValueKind.Number));
    }

    private string Text(JsonElement value, int number, string name) => value.ValueKind switch
    {
        JsonValueKind.String => JsonPieces.Text(() => value.GetString()!.Trim(), () => $"'{file}', object {number:N0}: '{ListCells.Short(name)}'"),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        JsonValueKind.Null => "",
        _ => throw new GraftException($"'{file}', object {number:N0}: '{ListCells.Short(name)}' holds objects. In a list it is a text, a number, or an array of such."),
    };

    private IEnumerable<JsonElement> Objects()
    {
        using JsonPieces json = new(path, LongestObject, cancel);
        int first = json.Peek();
        if (first < 0) throw new GraftException($"'{file}' is empty. {Wanted}");
        if (first is not ('[' or '{')) throw new GraftException($"'{file}' is not JSON: it begins with '{(char)first}'. A list is an array of objects, or an object a line.");
        bool isArray = json.TryTake('[');
        for (int number = 1; isArray ? !json.TryTake(']') : json.Peek() >= 0; number++)
        {
            // Between objects of an array, and not before its end.
            if (isArray && number > 1 && !json.TryTake(',')) throw json.Unexpected("',' or ']'");
            if (json.Peek() != '{') throw NoObject(json, number);
            yield return json.Value($"object {number:N0}");
        }

        if (isArray && json.Peek() >= 0) throw json.Unexpected("the end of the file");
    }

    private GraftException NoObject(JsonPieces json, int number) => json.Peek() is '[' or '"' or '-' or (>= '0' and <= '9')
        ? new GraftException($"'{file}', object {number:N0} (line {json.Line:N0}) is none. {Wanted}")
        : json.Unexpected("an object");
}
