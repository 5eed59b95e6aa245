// The version of Resguardo; a test verifies that it equals that in package.json.
export const version = '0.1.0'
