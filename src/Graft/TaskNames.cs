namespace Graft;

/// <summary>What tasks are called, and what images have for them.</summary>
internal static class TaskNames
{
    private static readonly (ModelTask Task, string Name, string Kind, string Kinds)[] All =
    [
        (ModelTask.Classify, "classify", "class", "classes"),
        (ModelTask.MultiLabel, "multilabel", "label", "labels"),
        (ModelTask.Regress, "regress", "number", "numbers"),
    ];

    /// <summary>The names, as files and options have them.</summary>
    public static string[] Names => [.. All.Select(task => task.Name)];

    /// <summary>The name of a task, as files and options have it.</summary>
    public static string Of(ModelTask task) => Entry(task).Name;

    /// <summary>The task of a name; null where there is none.</summary>
    public static ModelTask? Find(string name) => Array.Find(All, task => task.Name == name) is { Name: not null } entry ? entry.Task : null;

    /// <summary>What an image has: a class, a label, a number.</summary>
    public static string Kind(ModelTask task) => Entry(task).Kind;

    /// <summary>The same, of several.</summary>
    public static string Kinds(ModelTask task) => Entry(task).Kinds;

    private static (ModelTask Task, string Name, string Kind, string Kinds) Entry(ModelTask task) => Array.Find(All, entry => entry.Task == task);
}
