// The examples of README.md and docs/, as they stand there: Tour NAME, in a folder with the files that they name.
Dictionary<string, Action> examples = new()
{
    ["train"] = Tour.Train.Run,
    ["classify"] = Tour.Classify.Run,
    ["embed"] = Tour.Embed.Run,
    ["list"] = Tour.Lists.Run,
    ["memory"] = Tour.Memory.Run,
    ["options"] = Tour.Options.Run,
    ["series"] = Tour.Series.Run,
    ["adapt"] = Tour.Adapt.Run,
    ["reservoir"] = Tour.EchoState.Run,
    ["trunks"] = Tour.Trunks.Run,
    ["sequences"] = Tour.Sequences.Run,
    ["online"] = Tour.Online.Run,
    ["search"] = Tour.Searching.Run,
    ["check"] = Tour.Checking.Run,
    ["explain"] = Tour.Explaining.Run,
    ["report"] = Tour.Reporting.Run,
    ["record"] = Tour.Recording.Run,
    ["distill"] = Tour.Distill.Run,
    ["prune"] = Tour.Prune.Run,
    ["quantize"] = Tour.Quantize.Run,
    ["stylize"] = Tour.Stylize.Run,
    ["network"] = Tour.Networks.Run,
    ["learning"] = Tour.Learning.Run,
    ["surgery"] = Tour.Surgery.Run,
    ["readouts"] = Tour.Readouts.Run,
    ["import"] = Tour.Importing.Run,
    ["export"] = Tour.Exporting.Run,
    ["hub"] = Tour.HubModels.Run,
};
if (args.Length == 1 && examples.TryGetValue(args[0], out Action? example))
{
    example();
    return 0;
}

Console.Error.WriteLine($"usage: Tour {string.Join('|', examples.Keys)}");
return 2;
