using System.Collections.Immutable;

namespace Graft.Formats;

/// <summary>
/// What the outputs of a model are, as a <c>.graft</c> file has it in its metadata under <c>task</c>: <c>{"name": "multilabel", "thresholds": [...]}</c> or <c>{"name": "regress", "margins": [...], "coverage": 0.9}</c>. Classes have none.
/// </summary>
internal static class TaskJson
{
    private const int MostLabels = 1_000_000;

    /// <summary>Writes it; null where the outputs are classes.</summary>
    public static string? Write(Model model) => model.Task == ModelTask.Classify ? null : JsonPart.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("name", TaskNames.Of(model.Task));
        Numbers("thresholds", model.Thresholds);
        Numbers("margins", model.Margins);
        if (!model.Margins.IsEmpty) writer.WriteNumber("coverage", model.Coverage);
        writer.WriteEndObject();

        void Numbers(string name, ImmutableArray<float> values)
        {
            if (values.IsEmpty) return;
            writer.WriteStartArray(name);
            foreach (float value in values) writer.WriteNumberValue(value);
            writer.WriteEndArray();
        }
    });

    /// <summary>Reads it into a model.</summary>
    /// <param name="model">The model, with its network and labels.</param>
    /// <param name="task">What the file has.</param>
    /// <param name="outputs">How many outputs the network has.</param>
    public static Model Read(Model model, JsonPart task, int outputs)
    {
        string name = task["name"].String();
        if (TaskNames.Find(name) is not { } kind || kind == ModelTask.Classify)
            throw task["name"].Error($"must be {TaskNames.Of(ModelTask.MultiLabel)} or {TaskNames.Of(ModelTask.Regress)}, not {WeightFileException.Quote(name)}. Update Graft.");
        ImmutableArray<float> margins = Numbers("margins", margin => margin >= 0, "at least 0");
        return model with
        {
            Task = kind,
            Thresholds = Numbers("thresholds", threshold => threshold is >= 0 and <= 1, "from 0 to 1"),
            Margins = margins,
            Coverage = margins.IsEmpty ? 0 : task["coverage"].Number() is > 0 and < 1 and var coverage ? coverage : throw task["coverage"].Error("must be above 0 and below 1."),
        };

        ImmutableArray<float> Numbers(string name, Predicate<float> isPossible, string range)
        {
            if (task.Find(name) is not { } part) return [];
            ImmutableArray<float> values = [.. part.Items(MostLabels).Select(value => value.Float())];
            if (values.Length != outputs) throw part.Error($"has {Amount.Of(values.Length, "number")}, and the network has {Amount.Of(outputs, "output")}.");
            return values.All(value => isPossible(value)) ? values : throw part.Error($"has a number that is not {range}.");
        }
    }
}
