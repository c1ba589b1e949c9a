/** How a person calls a command of the servo from the folder they started it in. */
export const callOf = (command: string): string => `npm run servo -- ${command}`;
